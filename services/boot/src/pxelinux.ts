import type { DeployBoot } from './ipxe.js';
import { dashed } from './links.js';

const config = (...lines: readonly string[]): string =>
  `${['DEFAULT metalcast', 'PROMPT 0', ...lines].join('\n')}\n`;

/**
 * As the 2013 driver's label deploy: `IPAPPEND 2` adds BOOTIF. What fails ends at pxelinux's prompt, not on
 * the disk, and is tried again after 5 s (TIMEOUT counts tenths of a second).
 */
export function pxelinuxDeploy({ links, append }: Omit<DeployBoot, 'mac'>): string {
  return config(
    'TIMEOUT 50',
    'LABEL metalcast',
    `  KERNEL ${links.kernel}`,
    `  INITRD ${links.ramdisk},${links.token}`,
    `  APPEND ${append}`,
    '  IPAPPEND 2',
  );
}

/** pxelinux itself can only go back to the BIOS, which goes on to its first disk. */
export function pxelinuxLocal(biosDrive: number): string {
  const first = 0x80;
  return biosDrive === first
    ? config('LABEL metalcast', '  LOCALBOOT 0')
    : config('LABEL metalcast', '  COM32 chain.c32', `  APPEND hd${biosDrive - first}`);
}

/** An error to the firmware, after which it goes on to its next boot device: this node is not ours to boot. */
export function pxelinuxNone(): string {
  return config('LABEL metalcast', '  LOCALBOOT -1');
}

/**
 * Ask again after 3 s: what the node shall do can't be told just now. The time runs at the prompt alone, and PROMPT is read
 * where it stands last.
 */
export function pxelinuxAgain(mac: string): string {
  return config(
    'PROMPT 1',
    'TIMEOUT 30',
    'LABEL metalcast',
    `  CONFIG pxelinux.cfg/01-${dashed(mac)}`,
  );
}

export function pxelinuxPowerOff(reason: string): string {
  return `SAY ${reason}\n${config('LABEL metalcast', '  COM32 poweroff.c32')}`;
}
