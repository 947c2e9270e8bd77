/** Boot loaders for machines whose network card has no iPXE, and their paths in Debian's packages. */
const loaderFiles: Readonly<Record<string, string>> = {
  'undionly.kpxe': '/usr/lib/ipxe/undionly.kpxe',
  'snponly.efi': '/usr/lib/ipxe/snponly.efi',
  'ipxe.efi': '/usr/lib/ipxe/ipxe.efi',
  'pxelinux.0': '/usr/lib/PXELINUX/pxelinux.0',
  'lpxelinux.0': '/usr/lib/PXELINUX/lpxelinux.0',
  'ldlinux.c32': '/usr/lib/syslinux/modules/bios/ldlinux.c32',
  // pxelinux needs it to start from another disk than the first.
  'chain.c32': '/usr/lib/syslinux/modules/bios/chain.c32',
  'libcom32.c32': '/usr/lib/syslinux/modules/bios/libcom32.c32',
  'libutil.c32': '/usr/lib/syslinux/modules/bios/libutil.c32',
  'poweroff.c32': '/usr/lib/syslinux/modules/bios/poweroff.c32',
};

/** Path of the loader's file; undefined for any other name. */
export const loaderFile = (name: string): string | undefined =>
  Object.hasOwn(loaderFiles, name) ? loaderFiles[name] : undefined;
