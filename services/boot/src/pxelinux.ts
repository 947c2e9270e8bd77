import type { DeployBoot } from './ipxe.js';

const config = (...lines: readonly string[]): string =>
  `${['DEFAULT metalcast', 'PROMPT 0', 'LABEL metalcast', ...lines].join('\n')}\n`;

/** As the 2013 driver's label deploy: `IPAPPEND 2` adds BOOTIF. An error makes pxelinux ask again, not go on to the disk. */
export function pxelinuxDeploy({ links, append }: Omit<DeployBoot, 'mac'>): string {
  return config(
    `  KERNEL ${links.kernel}`,
    `  INITRD ${links.ramdisk},${links.token}`,
    `  APPEND ${append}`,
    '  IPAPPEND 2',
  );
}

export function pxelinuxLocal(): string {
  return config('  LOCALBOOT 0');
}

export function pxelinuxPowerOff(reason: string): string {
  return `SAY ${reason}\n${config('  COM32 poweroff.c32')}`;
}
