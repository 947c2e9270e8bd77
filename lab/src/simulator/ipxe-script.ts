/** The instruction in a boot script of the boot service. */
export type BootInstruction =
  | {
      readonly kind: 'deploy';
      readonly kernel: string;
      readonly ramdisk: string;
      readonly token: string;
    }
  | { readonly kind: 'disk' }
  | { readonly kind: 'power-off' }
  | { readonly kind: 'again' };

/** Reads a script as iPXE would execute it when every command succeeds. */
export function readBootScript(script: string): BootInstruction {
  const lines = script.split('\n').map((line) => line.trim());
  if (lines[0] !== '#!ipxe') {
    throw new Error('not an iPXE script');
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
