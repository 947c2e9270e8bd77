// A folder as the cpio archive (format newc) that Linux unpacks as its initramfs: sorted, everything root's,
// without times, so that equal content gives equal bytes.
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';

export async function cpioOf(folder) {
  const parts = [];
  let inode = 1;
  for (const name of await names(folder, '')) {
    const file = path.join(folder, name);
    const { mode } = await lstat(file);
    parts.push(...entry(name, mode, await content(file, mode), inode++));
  }
  parts.push(...entry('TRAILER!!!', 0, Buffer.alloc(0), 0));
  return Buffer.concat(parts);
}

async function names(folder, prefix) {
  const found = [];
  const entries = await readdir(path.join(folder, prefix), { withFileTypes: true });
  for (const item of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = path.join(prefix, item.name);
    found.push(name);
    if (item.isDirectory()) found.push(...(await names(folder, name)));
  }
  return found;
}

async function content(file, mode) {
  const kind = mode & 0o170000;
  if (kind === 0o120000) return Buffer.from(await readlink(file));
  return kind === 0o100000 ? readFile(file) : Buffer.alloc(0);
}

function entry(name, mode, data, inode) {
  const isFolder = (mode & 0o170000) === 0o040000;
  const fields = [
    inode,
    mode,
    0,
    0,
    isFolder ? 2 : 1,
    0,
    data.length,
    0,
    0,
    0,
    0,
    name.length + 1,
    0,
  ];
  const header = '070701' + fields.map((field) => field.toString(16).padStart(8, '0')).join('');
  return [padded(Buffer.from(`${header}${name}\0`)), padded(data)];
}

function padded(bytes) {
  const rest = bytes.length % 4;
  return rest === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(4 - rest)]);
}
