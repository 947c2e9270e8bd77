/** Where a node finds what belongs to its boot; the same paths over HTTP and TFTP. Each names the MAC that fetches it. */
export interface BootLinks {
  readonly script: string;
  readonly kernel: string;
  readonly ramdisk: string;
  readonly token: string;
}

export interface DeployFiles {
  /** Hash under which the kernel is kept. */
  readonly kernel: string;
  readonly ramdisk: string;
}

/** `52:54:00:…` as pxelinux and Linux's BOOTIF spell it, without the hardware type. */
export const dashed = (mac: string): string => mac.replaceAll(':', '-');

export function bootLinks(base: string, mac: string, files: DeployFiles): BootLinks {
  const script = `${base}boot/${dashed(mac)}`;
  return {
    script,
    kernel: `${script}/kernel/${files.kernel}`,
    ramdisk: `${script}/ramdisk/${files.ramdisk}`,
    token: `${script}/token.cpio`,
  };
}
