/**
 * An archive in cpio's "newc" format, which Linux unpacks into its root
 * (Documentation/driver-api/early-userspace/buffer-format).
 */
export interface CpioFile {
  /** Without a leading slash. */
  readonly path: string;
  readonly content: string;
  /** Permission bits. */
  readonly mode: number;
}

const directoryMode = 0o040_755;
const regularFile = 0o100_000;
const alignment = 4;

/**
 * The archive of the files. Each directory comes before its files, because the kernel does not create missing
 * directories. Uncompressed, owned by root, padded to four bytes as a second initrd must be.
 */
export function cpioArchive(files: readonly CpioFile[]): Buffer {
  const parents = new Set(files.flatMap(({ path }) => parentsOf(path)));
  const entries = [
    ...[...parents].map((path) => ({ path, mode: directoryMode, content: '' })),
    ...files.map((file) => ({ ...file, mode: regularFile | file.mode })),
  ];
  const parts = entries.map((entry, index) => archiveEntry(entry, index + 1));
  return Buffer.concat([...parts, archiveEntry({ path: 'TRAILER!!!', mode: 0, content: '' }, 0)]);
}

/** `a/b/c` → `a`, `a/b` */
function parentsOf(path: string): string[] {
  const names = path.split('/').slice(0, -1);
  return names.map((_, index) => names.slice(0, index + 1).join('/'));
}

function archiveEntry({ path, mode, content }: CpioFile, inode: number): Buffer {
  const name = Buffer.from(`${path}\0`);
  const data = Buffer.from(content);
  const links = (mode & directoryMode) === directoryMode ? 2 : 1;
  const fields = [inode, mode, 0, 0, links, 0, data.length, 0, 0, 0, 0, name.length, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  return Buffer.concat([padded(Buffer.concat([Buffer.from(header), name])), padded(data)]);
}

function padded(data: Buffer): Buffer {
  const rest = data.length % alignment;
  return rest === 0 ? data : Buffer.concat([data, Buffer.alloc(alignment - rest)]);
}
