// The kernel modules that modules.txt names, with what they depend on.
import { cp, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { readList } from './list-file.mjs';
import { tool } from './tool.mjs';

const LIB = 'lib/modules';

/** Release of the one kernel in `tree`; indexes its modules, which Debian does only when it installs it. */
export async function indexModules(tree) {
  const releases = await readdir(path.join(tree, LIB));
  if (releases.length !== 1) throw new Error(`one kernel expected, found: ${releases.join(', ')}`);
  await tool('depmod', ['-b', tree, releases[0]]);
  return releases[0];
}

/** Copies the modules of `image` (deploy, test) from `tree` into `root` and indexes them there. */
export async function copyModules({ listFile, image, tree, release, root }) {
  const names = (await readList(listFile))
    .filter(([, images]) => images === image || images === 'both')
    .map(([name]) => name);
  const files = new Set();
  for (const name of names) for (const file of await fileList(tree, release, name)) files.add(file);
  for (const file of files) await copyInto(root, tree, path.relative(tree, file));
  for (const file of ['modules.order', 'modules.builtin', 'modules.builtin.modinfo']) {
    await copyInto(root, tree, path.join(LIB, release, file));
  }
  await tool('depmod', ['-b', root, release]);
}

async function fileList(tree, release, name) {
  const answer = await tool('modprobe', ['-d', tree, '-S', release, '--show-depends', name]);
  return answer
    .split('\n')
    .filter((line) => line.startsWith('insmod '))
    .map((line) => line.split(' ')[1]);
}

async function copyInto(root, tree, file) {
  await mkdir(path.dirname(path.join(root, file)), { recursive: true });
  await cp(path.join(tree, file), path.join(root, file));
}
