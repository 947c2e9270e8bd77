import type { DeployBoot } from './ipxe.js';
import { dashed } from './links.js';

const config = (...lines: readonly string[]): string =>
  `${['DEFAULT metalcast', 'PROMPT 0', ...lines].join('\n')}\n`;

/**
 * The 2013 driver's label deploy: `IPAPPEND 2` adds BOOTIF. A failure ends at pxelinux's prompt, not on the disk, and
 * is tried again after 5 s (TIMEOUT counts tenths of a second).
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

/** pxelinux itself can only return to the BIOS, which goes on to its first disk. */
export function pxelinuxLocal(biosDrive: number): string {
  const first = 0x80;
  return biosDrive === first
    ? config('LABEL metalcast', '  LOCALBOOT 0')
    : config('LABEL metalcast', '  COM32 chain.c32', `  APPEND hd${biosDrive - first}`);
}

/** Returns an error to the firmware, which then goes on to its next boot device: Metalcast does not boot this node. */
export function pxelinuxNone(): string {
  return config('LABEL metalcast', '  LOCALBOOT -1');
}

/**
 * Asks again after 3 s, because there is no answer now. The timeout runs only at the prompt, and the last PROMPT
 * counts.
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
