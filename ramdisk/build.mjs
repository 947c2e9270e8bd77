// Builds the deploy kernel and ramdisk and a tiny test image, all from Debian packages: plain Node, no root, no mounts.
//   node ramdisk/build.mjs [--cache DIR] [--out DIR]
// prints one JSON line: {kernel, ramdisk, image, imageSha256, imageBytes, imageVirtualBytes, kernelSha256,
// ramdiskSha256, release, key, cached}. The paths lie in the cache, or with --out in that folder.
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cached, inputHash, isThere } from './build/cache.mjs';
import { downloadDebs, unpackDebs } from './build/debs.mjs';
import { buildDeploy } from './build/deploy.mjs';
import { knownDebs } from './build/known-debs.mjs';
import { indexModules } from './build/modules.mjs';
import { buildTestImage } from './build/test-image.mjs';
import { tool } from './build/tool.mjs';

const source = path.dirname(fileURLToPath(import.meta.url));
const FILES = { kernel: 'deploy.kernel', ramdisk: 'deploy.ramdisk', image: 'test-image.qcow2' };

async function make(out, debs, cache) {
  const scratch = path.join(out, '.scratch');
  const tree = path.join(scratch, 'tree');
  await unpackDebs(await downloadDebs(debs, path.join(cache, 'debs')), tree);
  const release = await indexModules(tree);
  const job = { source, tree, release, scratch, out };
  await Promise.all([buildDeploy(job), buildTestImage(job)]);
  await rm(scratch, { recursive: true, force: true });
  await writeFile(path.join(out, 'build.json'), `${JSON.stringify(await facts(out, release))}\n`);
}

async function facts(out, release) {
  const hashes = {};
  for (const [name, file] of Object.entries(FILES)) {
    const data = await readFile(path.join(out, file));
    hashes[`${name}Sha256`] = createHash('sha256').update(data).digest('hex');
    hashes[`${name}Bytes`] = data.length;
  }
  const info = await tool('qemu-img', ['info', '--output=json', path.join(out, FILES.image)]);
  return { release, ...hashes, imageVirtualBytes: JSON.parse(info)['virtual-size'] };
}

async function place(folder, out) {
  if (out === undefined) return folder;
  await mkdir(out, { recursive: true });
  for (const file of Object.values(FILES))
    await copyFile(path.join(folder, file), path.join(out, file));
  return path.resolve(out);
}

const { values } = parseArgs({ options: { out: { type: 'string' }, cache: { type: 'string' } } });
const cache = path.resolve(values.cache ?? path.join(source, '..', '.cache', 'ramdisk'));
try {
  const debs = await knownDebs(path.join(source, 'debs.txt'), cache);
  const key = await inputHash(source, debs);
  const hit = await isThere(path.join(cache, key));
  const folder = await cached(cache, key, (out) => make(out, debs, cache));
  const built = JSON.parse(await readFile(path.join(folder, 'build.json'), 'utf8'));
  const at = await place(folder, values.out);
  const paths = Object.entries(FILES).map(([name, file]) => [name, path.join(at, file)]);
  console.log(JSON.stringify({ ...Object.fromEntries(paths), ...built, key, cached: hit }));
} catch (error) {
  console.error(`ramdisk: ${error.message}${error.cause ? `: ${error.cause.message}` : ''}`);
  process.exitCode = 1;
}
