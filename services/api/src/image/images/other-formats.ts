// Formats that Glance knows and Metalcast writes to no disk: refused at an image's registration, in one sentence.
import { diskFormats } from '@metalcast/disk-image';

export const containerFormats = ['bare', 'aki', 'ari'] as const;

const convert = 'convert it first (qemu-img convert -O qcow2 FILE disk.qcow2)';

const advice: ReadonlyMap<unknown, string> = new Map([
  ...['vdi', 'vhd', 'vhdx', 'vmdk', 'ploop'].map((format) => [format, convert] as const),
  ['iso', 'install from it to a disk, and upload that disk'],
  ['ami', 'use an image of the whole disk, with its boot loader'],
  ...['ova', 'ovf', 'docker', 'compressed'].map(
    (container) => [container, 'take the disk out of it, and upload that as bare'] as const,
  ),
]);

const sentence =
  (known: readonly string[]) =>
  ({ input }: { readonly input?: unknown }): string => {
    const list = `${known.slice(0, -1).join(', ')} or ${known.at(-1) ?? ''}`;
    const found = advice.get(input);
    const given = typeof input === 'string' ? `, not ${input.slice(0, 64)}` : '';
    return `must be ${list}${given}${found === undefined ? '' : `: ${found}`}`;
  };

export const otherDiskFormat = sentence(diskFormats);
export const otherContainer = sentence(containerFormats);
