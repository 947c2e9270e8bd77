// qcow2 images of users, read by qemu-img within limits (QEMU: docs/interop/qcow2.txt).
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { edgeBytes, type Edges } from '../content/edges.js';
import { checkQcow2Header } from './qcow2-header.js';
import { qemuImg } from './qemu-img.js';
import { refused } from './refused.js';

/**
 * The edges of the disk in the image, which stands alone and is complete. `folder` takes a work file for a moment.
 * Faults: BAD_REQUEST with the reason; UNAVAILABLE when this host could not find out.
 */
export async function qcow2Edges(path: string, head: Buffer, folder: string): Promise<Edges> {
  checkQcow2Header(head);
  const size = await qcow2VirtualSize(path);
  await checkQcow2Clusters(path);
  return readEdges(path, size, folder);
}

/** Both edges in one run, one behind the other in a raw file. */
async function readEdges(path: string, size: number, folder: string): Promise<Edges> {
  const length = Math.min(size, edgeBytes);
  const work = await mkdtemp(join(folder, 'edges-'));
  try {
    const file = join(work, 'raw');
    const sources = [0, size - length].map((offset) => extentOf(path, offset, length));
    const convert = ['convert', '--image-opts', ...sources, '-O', 'raw', file];
    const { exitCode } = await qemuImg(path, convert, 2 * length);
    if (exitCode !== 0) {
      throw refused('qemu-img cannot read the start and the end of its disk');
    }
    const both = await readFile(file);
    return { head: both.subarray(0, length), tail: both.subarray(length), size };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** An extent of the disk, as a source of `qemu-img convert`. A comma is doubled in QEMU's option lists. */
const extentOf = (path: string, offset: number, size: number): string =>
  [
    ...['driver=raw', `offset=${offset}`, `size=${size}`],
    ...['file.driver=qcow2', 'file.file.driver=file'],
    `file.file.filename=${path.replaceAll(',', ',,')}`,
  ].join(',');

const info = z.object({
  format: z.string(),
  'virtual-size': z.int().positive(),
  'backing-filename': z.never().optional(),
  'full-backing-filename': z.never().optional(),
  'format-specific': z.object({ data: z.object({ 'data-file': z.never().optional() }) }).optional(),
});

async function qcow2VirtualSize(path: string): Promise<number> {
  const { exitCode, stdout } = await qemuImg(path, question('info', path));
  if (exitCode !== 0) {
    throw refused('qemu-img cannot read it');
  }
  const parsed = info.safeParse(parseJson(stdout));
  if (!parsed.success || parsed.data.format !== 'qcow2') {
    throw refused('it is no qcow2 image that stands alone');
  }
  return parsed.data['virtual-size'];
}

/** Exit codes of `qemu-img check`: complete; with missing or wrong clusters; with unused clusters. */
const checked = { whole: 0, damaged: 2, leaks: 3 } as const;

/** A truncated file opens like any other, and its missing end reads as zeros. */
async function checkQcow2Clusters(path: string): Promise<void> {
  const { exitCode } = await qemuImg(path, question('check', path));
  if (exitCode === undefined) {
    throw refused('it is damaged: qemu-img check finds very many errors in it');
  }
  if (exitCode === checked.damaged) {
    throw refused('it is damaged: qemu-img check finds errors in it');
  }
  if (exitCode !== checked.whole && exitCode !== checked.leaks) {
    throw refused('qemu-img cannot check it');
  }
}

const question = (action: 'info' | 'check', path: string): string[] => [
  ...[action, '--output=json', '-f', 'qcow2', path],
];

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
