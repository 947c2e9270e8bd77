// What apt would download now, remembered: asking it takes 2 s, and the answer changes only with what apt reads.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { resolveDebs } from './debs.mjs';
import { filesBelow } from './files-below.mjs';

/** Package lists, sources and pins, and what is installed. */
const aptReads = ['/var/lib/apt/lists', '/etc/apt', '/var/lib/dpkg/status'];

/** As resolveDebs; asks apt only when something of what it reads has changed since it was asked last. */
export async function knownDebs(listFile, cache) {
  const memory = path.join(cache, 'debs.json');
  const state = await stateOf([listFile, ...aptReads]);
  const known = await readFile(memory, 'utf8').then(JSON.parse, () => undefined);
  if (known?.state === state) return known.debs;
  const debs = await resolveDebs(listFile);
  await mkdir(cache, { recursive: true });
  const aside = `${memory}.${process.pid}`;
  await writeFile(aside, JSON.stringify({ state, debs }));
  await rename(aside, memory);
  return debs;
}

/** Of names, sizes and times of change. */
async function stateOf(places) {
  const hash = createHash('sha256');
  for (const place of places) {
    for (const file of await filesOf(place)) {
      const found = await stat(file).catch(() => undefined);
      hash.update(`${file} ${found?.size} ${found?.mtimeMs}\n`);
    }
  }
  return hash.digest('hex');
}

async function filesOf(place) {
  const found = await stat(place).catch(() => undefined);
  if (found === undefined) return [];
  return found.isDirectory() ? filesBelow(place) : [place];
}
