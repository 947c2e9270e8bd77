import type { Edges } from './edges.js';

/** Something that is no raw disk, recognised by its first or last bytes. */
export interface Signature {
  /** `disk`: the disk format of some hypervisor. */
  readonly kind: 'disk' | 'compressed' | 'archive' | 'medium' | 'page' | 'file-system';
  readonly name: string;
  /** Of the head; a negative offset counts from the end of the file. */
  readonly at: number;
  /** Latin-1. */
  readonly bytes: string;
  /** What makes a disk of it, or where to look for one. */
  readonly advice: string;
}

const converted = 'convert it first (qemu-img convert -O qcow2 FILE disk.qcow2), and upload that';
const disk = (name: string, at: number, bytes: string, advice = converted): Signature => ({
  ...{ kind: 'disk', name, at, bytes, advice },
});
const compressed = (name: string, bytes: string, command: string): Signature => ({
  ...{ kind: 'compressed', name, at: 0, bytes },
  advice: `unpack it first (${command}), and upload what comes out`,
});
const archive = (name: string, at: number, bytes: string, command: string): Signature => ({
  ...{ kind: 'archive', name, at, bytes },
  advice: `unpack it first (${command}), and upload the disk that is in it`,
});
const fileSystem = (name: string, at: number, bytes: string): Signature => ({
  ...{ kind: 'file-system', name, at, bytes },
  advice: 'use an image of the whole disk, with its partition table and boot loader',
});

/** The first that matches names the content. */
export const signatures: readonly Signature[] = [
  disk('qcow2', 0, 'QFI\xfb', 'set its disk_format to qcow2'),
  disk('QED', 0, 'QED\0'),
  disk('VMDK', 0, 'KDMV'),
  disk('VMDK', 0, 'COWD'),
  disk('VMDK', 0, '# Disk DescriptorFile'),
  disk('VHDX', 0, 'vhdxfile'),
  disk('VHD', 0, 'conectix'),
  // A VHD of fixed size is a raw disk with a footer.
  disk('VHD', -512, 'conectix'),
  disk('VDI', 0x40, '\x7f\x10\xda\xbe'),
  disk('Parallels', 0, 'WithoutFreeSpace'),
  disk('Parallels', 0, 'WithouFreSpacExt'),
  disk('LUKS', 0, 'LUKS\xba\xbe', 'decrypt it first, and upload the disk itself'),
  compressed('gzip', '\x1f\x8b\x08', 'gzip -d FILE'),
  compressed('xz', '\xfd7zXZ\0', 'xz -d FILE'),
  compressed('zstd', '\x28\xb5\x2f\xfd', 'zstd -d FILE'),
  ...['1', '2', '3', '4', '5', '6', '7', '8', '9'].map((level) =>
    compressed('bzip2', `BZh${level}1AY&SY`, 'bzip2 -d FILE'),
  ),
  compressed('lz4', '\x04\x22\x4d\x18', 'lz4 -d FILE disk.raw'),
  compressed('lz4', '\x02\x21\x4c\x18', 'lz4 -d FILE disk.raw'),
  compressed('lzop', '\x89LZO\0', 'lzop -d FILE'),
  compressed('lzma', '\x5d\0\0', 'xz --format=lzma -dc FILE > disk.raw'),
  archive('zip', 0, 'PK\x03\x04', 'unzip FILE'),
  archive('zip', 0, 'PK\x05\x06', 'unzip FILE'),
  archive('7z', 0, '7z\xbc\xaf\x27\x1c', '7z x FILE'),
  archive('RAR', 0, 'Rar!\x1a\x07', 'unrar x FILE'),
  archive('tar', 257, 'ustar', 'tar -xf FILE'),
  ...['070701', '070702', '070707', '\xc7\x71'].map((magic) =>
    archive('cpio', 0, magic, 'cpio -id < FILE'),
  ),
  {
    ...{ kind: 'medium', name: 'ISO 9660', at: 0x8001, bytes: 'CD001' },
    advice: 'it is an installation medium: install from it to a disk, and upload that disk',
  },
  fileSystem('ext2, ext3 or ext4', 1080, '\x53\xef'),
  fileSystem('XFS', 0, 'XFSB'),
  fileSystem('Btrfs', 0x1_0040, '_BHRfS_M'),
  fileSystem('SquashFS', 0, 'hsqs'),
];

const bootSignatureAt = 510;
/** Too short to be told from the code in a boot sector. */
const shortest = 4;

export const hasBootSignature = (head: Buffer): boolean =>
  head.length >= bootSignatureAt + 2 && head.readUInt16LE(bootSignatureAt) === 0xaa55;

/** What the file is, if it is no raw disk. */
export function recognise(edges: Edges): Signature | undefined {
  const isBootSector = hasBootSignature(edges.head);
  const found = signatures.find(
    ({ at, bytes, kind }) =>
      !(isBootSector && (bytes.length < shortest || kind === 'file-system')) &&
      bytesAt(edges, at, bytes.length) === bytes,
  );
  return found ?? (isBootSector ? undefined : page(edges.head));
}

function bytesAt({ head, tail }: Edges, at: number, length: number): string {
  const [from, start] = at < 0 ? [tail, tail.length + at] : [head, at];
  return start < 0 ? '' : from.toString('latin1', start, start + length);
}

const pageBytes = 512;
/** Line ends, tabs and all that is no control character. */
const text = /^[\t\n\f\r\x20-\x7e\x80-\xff]+$/;

/** A page that a server sent in place of an image. */
function page(head: Buffer): Signature | undefined {
  const start = head.toString('latin1', 0, pageBytes);
  if (!text.test(start)) {
    return undefined;
  }
  const first = start.replace(/^\xef\xbb\xbf/, '').trimStart();
  const name = /^<(?:!doctype html|html|head|body)/i.test(first)
    ? 'HTML'
    : first.startsWith('<')
      ? 'XML'
      : /^[{[]/.test(first)
        ? 'JSON'
        : 'plain text';
  const advice = 'its download has probably failed: open it with an editor, and fetch it again';
  return { kind: 'page', name, at: 0, bytes: '', advice };
}

const words: Readonly<Record<Signature['kind'], (name: string) => string>> = {
  disk: (name) => `is ${name}`,
  compressed: (name) => `is compressed with ${name}`,
  archive: (name) => `is a ${name} archive`,
  medium: (name) => `is an ${name} image`,
  page: (name) => `is ${name}`,
  'file-system': (name) => `is a bare file system (${name})`,
};

export const describeSignature = ({ kind, name, advice }: Signature): string =>
  `${words[kind](name)}: ${advice}`;
