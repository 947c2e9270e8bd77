import { chmodSync, mkdirSync, rmdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * The parent folder of the data of labs and test runs. As root it must be a path that the unprivileged accounts of
 * broker and database can enter, which root's home is not. /var/tmp is not used, because everyone can write there and
 * old files are removed.
 */
export function dataRoot(): string {
  return process.getuid?.() === 0
    ? '/var/lib/metalcast-lab'
    : join(homedir(), '.local', 'state', 'metalcast-lab');
}

/** Creates a folder, with its parents, that other accounts can enter but not list, whatever the umask is. */
export function makePassableFolder(path: string): void {
  const first = mkdirSync(path, { recursive: true });
  if (first !== undefined) {
    for (let made = path; made.length >= first.length; made = dirname(made)) {
      chmodSync(made, 0o711);
    }
  }
}

/** Keeps a folder that is not empty: another lab may use it. */
export function removeEmptyFolder(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (
      !['ENOTEMPTY', 'ENOENT', 'EEXIST', 'EBUSY'].includes(
        (error as NodeJS.ErrnoException).code ?? '',
      )
    ) {
      throw error;
    }
  }
}
