import { randomUUID } from 'node:crypto';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * An open file that holds `secret` and has no name any more, for a child's file descriptor 3
 * (`/dev/fd/3`). A pipe will not do: Node makes a socket pair of it, which a program can't open by path.
 */
export async function openSecret(secret: string): Promise<FileHandle> {
  const path = join(tmpdir(), `.metalcast-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  try {
    await unlink(path);
    await file.writeFile(secret);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}
