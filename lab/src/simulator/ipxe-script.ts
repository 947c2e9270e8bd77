/** What a boot script of the boot service tells the machine to do. */
export type BootOrder =
  | {
      readonly kind: 'deploy';
      readonly kernel: string;
      readonly ramdisk: string;
      readonly token: string;
    }
  | { readonly kind: 'disk' }
  | { readonly kind: 'power-off' }
  | { readonly kind: 'again' };

/** Reads a script as far as iPXE would get in it when everything succeeds. */
export function readBootScript(script: string): BootOrder {
  const lines = script.split('\n').map((line) => line.trim());
  if (lines[0] !== '#!ipxe') {
    throw new Error('no iPXE script');
  }
  const kernel = argument(lines, /^kernel (\S+)/);
  const ramdisk = argument(lines, /^initrd --name ramdisk (\S+)/);
  const token = argument(lines, /^initrd --name token (\S+)/);
  if (kernel !== undefined && ramdisk !== undefined && token !== undefined) {
    return { kind: 'deploy', kernel, ramdisk, token };
  }
  if (lines.some((line) => line.startsWith('sanboot '))) {
    return { kind: 'disk' };
  }
  return { kind: lines.some((line) => line.startsWith('poweroff')) ? 'power-off' : 'again' };
}

const argument = (lines: readonly string[], pattern: RegExp): string | undefined =>
  lines.map((line) => pattern.exec(line)?.[1]).find((found) => found !== undefined);
