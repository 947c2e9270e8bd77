/** The paths of a node's boot files, the same over HTTP and TFTP. Each path contains the MAC that fetches it. */
export interface BootLinks {
  readonly script: string;
  readonly kernel: string;
  readonly ramdisk: string;
  readonly token: string;
}

export interface DeployFiles {
  /** The kernel's hash in the cache. */
  readonly kernel: string;
  readonly ramdisk: string;
}

/** `52-54-00-…`: how pxelinux and Linux's BOOTIF spell `52:54:00:…`, without the hardware type. */
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
