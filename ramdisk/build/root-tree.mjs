// The file tree of a ramdisk, made of unpacked packages and our own scripts.
import { chmod, copyFile, mkdir, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cpioOf } from './cpio.mjs';
import { filesBelow } from './files-below.mjs';
import { tool } from './tool.mjs';

const FOLDERS = [
  'bin',
  'dev',
  'etc/metalcast',
  'lib',
  'lib64',
  'mnt',
  'proc',
  'root',
  'run',
  'sbin',
  'sys',
  'tmp',
  'usr/sbin',
  'var',
];

/** A root with busybox and its links. */
export async function startRoot(root, tree) {
  for (const folder of FOLDERS) await mkdir(path.join(root, folder), { recursive: true });
  await symlink('../run', path.join(root, 'var/run'));
  const busybox = path.join(root, 'bin/busybox');
  await copyFile(path.join(tree, 'bin/busybox'), busybox);
  await chmod(busybox, 0o755);
  const applets = (await tool(busybox, ['--list'])).trim().split('\n');
  for (const name of applets.filter((applet) => applet !== 'busybox')) {
    await symlink('busybox', path.join(root, 'bin', name));
  }
}

/** What our part of a ramdisk is made of: scripts, and the few files that they and its programs read. */
const ours = /^(?:init|(?:agent|etc\/metalcast)\/[a-z-]+\.sh|etc\/passwd|etc\/acpi\/PWRF\/\d{8})$/;

/**
 * Copies our scripts, all executable. Fails on any other file: a ramdisk is served to whoever asks on the nodes' wire,
 * and a key or an .env that lies beside the scripts must not be.
 */
export async function addScripts(root, from, to = '.') {
  const files = (await filesBelow(from)).map((file) => path.relative(from, file)).sort();
  const foreign = files.filter((file) => !ours.test(file));
  if (foreign.length > 0) {
    throw new Error(`no part of a ramdisk, take it away from ${from}: ${foreign.join(', ')}`);
  }
  for (const file of files) {
    const made = path.join(root, to, file);
    await mkdir(path.dirname(made), { recursive: true });
    await copyFile(path.join(from, file), made);
    await chmod(made, 0o755);
  }
}

/** Copies programs of the packages with the libraries that they load, none of them the building machine's. */
export async function addPrograms(root, tree, programs) {
  const folders = ['lib', 'usr/lib'].map((lib) => path.join(tree, lib, 'x86_64-linux-gnu'));
  const loader = path.join(folders[0], 'ld-linux-x86-64.so.2');
  await copyFile(loader, path.join(root, 'lib64/ld-linux-x86-64.so.2'));
  for (const program of programs) {
    const file = path.join(tree, program);
    const listed = await tool(loader, ['--library-path', folders.join(':'), '--list', file]);
    await copyFile(file, path.join(root, program));
    for (const [, library] of listed.matchAll(/=> (\S+) \(/g))
      await addLibrary(root, tree, library);
  }
}

async function addLibrary(root, tree, library) {
  if (!library.startsWith(tree)) {
    throw new Error(`${library} comes from no package of debs.txt: name its package there`);
  }
  await copyFile(library, path.join(root, 'lib', path.basename(library)));
}

/**
 * Packs the root as a ramdisk. zstd: several times faster than gzip for a slow machine to unpack. Padded, because the
 * kernel finds a second ramdisk behind it only at a multiple of four bytes, and not every loader sees to that.
 */
export async function packRoot(root, file) {
  const archive = `${file}.cpio`;
  await writeFile(archive, await cpioOf(root));
  await tool('zstd', ['-q', '-9', '--rm', '-f', archive, '-o', file]);
  const { size } = await stat(file);
  await truncate(file, Math.ceil(size / 512) * 512);
}
