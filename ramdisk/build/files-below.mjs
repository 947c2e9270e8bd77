import { readdir } from 'node:fs/promises';
import path from 'node:path';

/** Paths of all files in `folder` and below it, in one order. */
export async function filesBelow(folder) {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}
