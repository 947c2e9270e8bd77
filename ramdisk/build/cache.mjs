// Builds are kept under the hash of what went in. Each is made aside and renamed into place, so a build is either
// whole or absent, and of two that run at once the second finds the first's result.
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { filesBelow } from './files-below.mjs';

/** Hash of every file below `source` (name, mode, content) and of the packages' names, versions and hashes. */
export async function inputHash(source, debs) {
  const hash = createHash('sha256');
  for (const deb of debs) hash.update(`${deb.file} ${deb.hash}\n`);
  for (const file of await filesBelow(source)) {
    const data = await readFile(file);
    const { mode } = await stat(file);
    hash.update(`${path.relative(source, file)} ${mode & 0o111} ${data.length}\n`).update(data);
  }
  return hash.digest('hex');
}

/** The folder `key` in `cache`, made by `make(folder)` unless it is there. */
export async function cached(cache, key, make) {
  const final = path.join(cache, key);
  if (await isThere(final)) return final;
  await mkdir(cache, { recursive: true });
  await sweep(cache);
  const making = await mkdtemp(path.join(cache, `.making-${process.pid}-`));
  try {
    await chmod(making, 0o755);
    await make(making);
    await rename(making, final).catch(async (error) => {
      if (!(await isThere(final))) throw error;
    });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return final;
}

/** Removes what builds that were killed left behind. */
async function sweep(cache) {
  for (const name of await readdir(cache)) {
    const pid = /^\.making-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || (await isThere(`/proc/${pid}`))) continue;
    await rm(path.join(cache, name), { recursive: true, force: true });
  }
}

export async function isThere(file) {
  return stat(file).then(
    () => true,
    () => false,
  );
}
