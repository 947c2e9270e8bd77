import { chmodSync, mkdirSync, rmdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * Where labs and test runs keep their data, a folder each. Root's lies where the unprivileged accounts of
 * broker and database can go, which a checkout in root's home is not; and not under /var/tmp, which is
 * everybody's and is cleared by age.
 */
export function dataRoot(): string {
  return process.getuid?.() === 0
    ? '/var/lib/metalcast-lab'
    : join(homedir(), '.local', 'state', 'metalcast-lab');
}

/** Makes a folder that other accounts may pass through but not list, its parents too, whatever the umask is. */
export function passableFolder(path: string): void {
  const first = mkdirSync(path, { recursive: true });
  if (first !== undefined) {
    for (let made = path; made.length >= first.length; made = dirname(made)) {
      chmodSync(made, 0o711);
    }
  }
}

/** Another's data may still lie there, or just come to. */
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
