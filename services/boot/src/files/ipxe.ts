import { dashed, type BootLinks } from './links.js';

export interface DeployBoot {
  readonly mac: string;
  readonly links: BootLinks;
  readonly append: string;
}

const script = (...lines: readonly string[]): string => `${['#!ipxe', ...lines].join('\n')}\n`;

/**
 * Loads the ramdisk and, as a second archive, its token. A failed fetch restarts the script: at the end of a script the
 * firmware would go on to the disk. Linux on UEFI takes the initrds that its command line names.
 */
export function ipxeDeploy({ mac, links, append }: DeployBoot): string {
  const commandLine = ['initrd=ramdisk', 'initrd=token', `BOOTIF=01-${dashed(mac)}`, append];
  return script(
    'imgfree',
    `kernel ${links.kernel} ${commandLine.join(' ').trim()} || goto again`,
    `initrd --name ramdisk ${links.ramdisk} || goto again`,
    `initrd --name token ${links.token} || goto again`,
    'boot || goto again',
    ...askAgain(links.script),
  );
}

/**
 * Boots the own disk: a BIOS by its drive number. UEFI firmware goes on to its next boot option, but only after an
 * error: after success it stops and shows its setup.
 */
export function ipxeLocal(biosDrive: number): string {
  return script(
    'iseq ${platform} efi && goto firmware || goto bios',
    ':bios',
    `sanboot --no-describe --drive 0x${biosDrive.toString(16)}`,
    ':firmware',
    'exit 1',
  );
}

/**
 * Switches the machine off. A loader that cannot do that stays where it is, and never goes on to the disk, even when a
 * key interrupts a wait.
 */
export function ipxePowerOff(reason: string): string {
  return script(`echo ${reason}`, 'poweroff ||', ':stay', 'sleep 3600 ||', 'goto stay');
}

/** Asks again soon, because there is no answer now. */
export function ipxeRetry(url: string): string {
  return script(...askAgain(url));
}

const askAgain = (url: string): readonly string[] => [
  ':again',
  'sleep 3 ||',
  'imgfree',
  `chain --replace ${url} || goto again`,
];
