// Debian packages as plain archives: what the lists name, downloaded by apt and unpacked, never installed.
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { readList } from './list-file.mjs';
import { tool } from './tool.mjs';

/** The packages of debs.txt as apt would download them now: `{name, file, hash}` each. */
export async function resolveDebs(listFile) {
  const names = await Promise.all((await readList(listFile)).map(([name]) => realName(name)));
  const uris = await tool('apt-get', ['download', '--print-uris', ...names]).catch((cause) => {
    throw new Error(`apt does not know a package of ${listFile}; try apt-get update`, { cause });
  });
  const debs = uris
    .trim()
    .split('\n')
    .map((line) => /^'.*' (\S+) \d+ (\S+)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, file, hash]) => ({ name: file.split('_')[0], file, hash }));
  const lost = names.filter((name) => !debs.some((deb) => deb.name === name));
  if (lost.length > 0) throw new Error(`apt has no download for ${lost.join(', ')}`);
  return debs.sort((a, b) => (a.file < b.file ? -1 : 1));
}

async function realName(name) {
  const [meta, prefix] = name.split('>');
  if (prefix === undefined) return name;
  const depends = await tool('apt-cache', ['depends', meta]);
  const found = /Depends: (\S+)/g;
  for (const [, candidate] of depends.matchAll(found)) {
    if (candidate.startsWith(prefix)) return candidate;
  }
  throw new Error(`apt knows no ${prefix}* that ${meta} depends on; try apt-get update`);
}

/** Brings the archives into `folder`, where they stay for the next build, and returns their paths. */
export async function downloadDebs(debs, folder) {
  await mkdir(folder, { recursive: true });
  const there = new Set(await readdir(folder));
  const wanted = debs.filter((deb) => !there.has(deb.file));
  if (wanted.length > 0) await download(wanted, folder);
  return debs.map((deb) => path.join(folder, deb.file));
}

async function download(debs, folder) {
  const landing = await mkdtemp(path.join(folder, '.landing-'));
  try {
    // apt would change to its own user, who cannot write here, and say so: let it stay.
    const args = ['-q', '-o', 'APT::Sandbox::User=root', 'download', ...debs.map(exactly)];
    await tool('apt-get', args, { cwd: landing });
    for (const { file } of debs) await rename(path.join(landing, file), path.join(folder, file));
  } finally {
    await rm(landing, { recursive: true, force: true });
  }
}

/** `name=version` of an archive's file name, in which apt spells the epoch's colon `%3a`. */
function exactly({ name, file }) {
  return `${name}=${decodeURIComponent(file.split('_')[1])}`;
}

/** Unpacks the archives into one tree. Documentation stays out. */
export async function unpackDebs(files, tree) {
  await mkdir(tree, { recursive: true });
  for (const file of files) {
    const script =
      'set -o pipefail; dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --no-same-owner --exclude=./usr/share/doc --exclude=./usr/share/man';
    await tool('bash', ['-c', script, 'unpack', file, tree]);
  }
  await stat(path.join(tree, 'boot'));
}
