import { open, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { InspectedImage } from '../image/inspect-image.js';
import { mib, type Extent } from './extent.js';
import { qemu, quoted, withSignal } from './qemu-img.js';
import type { Patch } from './partition-table.js';

/** The whole disk as it shall be: an overlay of a few clusters over the image, which stays as it is. */
export interface ComposedDisk {
  readonly path: string;
  readonly bytes: number;
  /** Where it holds anything but zeros. */
  readonly data: readonly Extent[];
}

interface Composition {
  readonly image: InspectedImage;
  readonly diskBytes: number;
  readonly patches: readonly Patch[];
  /** Files in `folder` that fill an extent each. */
  readonly files: readonly (Extent & { readonly path: string })[];
  /** Private to this attempt; removed by the caller. */
  readonly folder: string;
  readonly signal?: AbortSignal;
}

const granule = 64 * 1024;

/** Lays patches and files over the image. */
export async function composeDisk(composition: Composition): Promise<ComposedDisk> {
  const { image, diskBytes, folder, signal } = composition;
  const path = join(folder, 'disk.qcow2');
  const create = ['create', '-q', '-f', 'qcow2', '-b', image.path, '-F', image.format];
  await qemu('qemu-img', [...create, path, String(diskBytes)], withSignal(signal));
  const commands = [
    ...(await patchCommands(composition)),
    ...(await Promise.all(composition.files.map(fileCommands))).flat(),
  ];
  if (commands.length > 0) {
    // The overlay does not outlive the attempt: no need to wait for the host's disk.
    const args = [
      '-t',
      'unsafe',
      '-f',
      'qcow2',
      ...commands.flatMap((text) => ['-c', text]),
      basename(path),
    ];
    await qemu('qemu-io', args, { cwd: folder, ...withSignal(signal) });
  }
  return { path, bytes: diskBytes, data: await dataExtents(path, signal) };
}

async function patchCommands({ patches, folder }: Composition): Promise<string[]> {
  const commands: string[] = [];
  for (const [index, { offset, bytes }] of patches.entries()) {
    const file = join(folder, `patch-${index}`);
    await writeFile(file, bytes, { mode: 0o600 });
    commands.push(write(file, { offset, length: bytes.length }));
  }
  return commands;
}

/** All of the extent is set, but only what is not zero takes room in the overlay and on the wire. */
async function fileCommands(target: Extent & { readonly path: string }): Promise<string[]> {
  const commands = [`write -q -z ${target.offset} ${target.length}`];
  // At most 64 MiB: a config drive.
  const content = await readFile(target.path);
  for (let at = 0; at < content.length; at += granule) {
    const bytes = content.subarray(at, at + granule);
    if (bytes.some((byte) => byte !== 0)) {
      const part = `${target.path}.${at}`;
      await writeFile(part, bytes, { mode: 0o600 });
      commands.push(write(part, { offset: target.offset + at, length: bytes.length }));
    }
  }
  return commands;
}

/** qemu-io splits its commands at blanks, so files are named from the folder that it runs in. */
const write = (path: string, { offset, length }: Extent): string =>
  `write -q -s ${basename(path)} ${offset} ${length}`;

const mapped = z.array(
  z.looseObject({ start: z.number(), length: z.number(), data: z.boolean(), zero: z.boolean() }),
);

async function dataExtents(path: string, signal: AbortSignal | undefined): Promise<Extent[]> {
  const args = ['map', '--output=json', '-f', 'qcow2', path];
  const json = await qemu('qemu-img', args, withSignal(signal));
  return mapped
    .parse(JSON.parse(json))
    .filter(({ data, zero }) => data && !zero)
    .map(({ start, length }) => ({ offset: start, length }));
}

/** The image's first MiB, for its partition table. */
export async function readHead(
  image: InspectedImage,
  folder: string,
  signal?: AbortSignal,
): Promise<Buffer> {
  const length = Math.min(image.virtualSize, mib);
  const path = join(folder, 'head');
  const args = ['convert', '--image-opts', slice(image, { offset: 0, length }), '-O', 'raw', path];
  await qemu('qemu-img', args, withSignal(signal));
  const file = await open(path);
  try {
    const head = Buffer.alloc(length);
    await file.read(head, 0, length, 0);
    return head;
  } finally {
    await file.close();
  }
}

/** An extent of an image, as QEMU's option list. */
export function slice(image: { path: string; format: string }, { offset, length }: Extent): string {
  return [
    'driver=raw',
    `offset=${offset}`,
    `size=${length}`,
    `file.driver=${image.format}`,
    'file.file.driver=file',
    `file.file.filename=${quoted(image.path)}`,
  ].join(',');
}
