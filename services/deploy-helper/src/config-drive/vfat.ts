import { createHash } from 'node:crypto';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '@metalcast/exec';
import { Fault } from '@metalcast/domain';
import { ceilTo, mib } from '../disk/extent.js';
import type { DriveFile } from './content.js';

const minBytes = 4 * mib;
const maxBytes = 64 * mib;
const timeoutMs = 30_000;
/** Files bear no date of their own: the same content makes the same drive. */
const epochSeconds = '1577836800';

/** Bytes of a drive that holds `files`, with room for the file system's own. Fault TOO_LARGE above 64 MiB. */
export function configDriveBytes(files: readonly DriveFile[]): number {
  const content = files.reduce((sum, file) => sum + ceilTo(file.content.length, 4096) + 4096, 0);
  const bytes = Math.max(minBytes, ceilTo(content + mib, mib));
  if (bytes > maxBytes) {
    throw new Fault('TOO_LARGE', {
      reason: `The config drive would need ${bytes / mib} MiB; ${maxBytes / mib} MiB is the most.`,
    });
  }
  return bytes;
}

/** Makes the drive in `folder`, a VFAT file system labelled `config-2`, and returns its path. Equal files make equal bytes. */
export async function makeConfigDrive(
  files: readonly DriveFile[],
  length: number,
  folder: string,
): Promise<string> {
  for (const { path, content } of files) {
    const file = join(folder, 'drive', path);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, content, { mode: 0o600 });
  }
  const path = join(folder, 'config-2.img');
  const image = await open(path, 'w', 0o600);
  await image.truncate(length);
  await image.close();
  await tool('mkfs.vfat', ['--invariant', '-i', volumeId(files), '-n', 'config-2', path]);
  // By name, not by `mcopy -s`: that takes them in the order in which the host's file system lists them.
  const directories = directoriesOf(files);
  await tool('mmd', ['-i', path, ...directories.map((directory) => `::${directory}`)]);
  for (const directory of directories) {
    const inside = files.filter((file) => dirname(file.path) === directory);
    if (inside.length > 0) {
      const sources = inside.map((file) => join(folder, 'drive', file.path));
      await tool('mcopy', ['-Q', '-i', path, ...sources, `::${directory}/`]);
    }
  }
  return path;
}

/** Every directory of the files, parents first. */
function directoriesOf(files: readonly DriveFile[]): string[] {
  const found = new Set<string>();
  for (const { path } of files) {
    const parts = dirname(path).split('/');
    parts.forEach((_, index) => found.add(parts.slice(0, index + 1).join('/')));
  }
  return [...found];
}

function volumeId(files: readonly DriveFile[]): string {
  const hash = createHash('sha256');
  for (const { path, content } of files) {
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 8);
}

async function tool(command: string, args: readonly string[]): Promise<void> {
  const env = { SOURCE_DATE_EPOCH: epochSeconds, TZ: 'UTC', MTOOLS_SKIP_CHECK: '1' };
  const result = await run(command, args, { timeoutMs, env });
  if (result.exitCode !== 0) {
    const words = result.stderr.trim() || result.spawnError || 'killed';
    throw new Error(`${command}: ${words.slice(-500)}`);
  }
}
