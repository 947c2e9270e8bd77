import type { DeployBoot } from './ipxe.js';

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

export function pxelinuxPowerOff(reason: string): string {
  return `SAY ${reason}\n${config('LABEL metalcast', '  COM32 poweroff.c32')}`;
}
