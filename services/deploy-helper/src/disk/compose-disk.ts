import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { KnownImage } from '../image/known-image.js';
import { endOf, inside, outside, pieces, type Extent } from './extent.js';
import type { Patch } from './partition-table.js';
import { fileSource, imageSource, zeroSource } from './sources.js';

/** The whole disk as it shall be: the image, which stays as it is, with other bytes in some places. */
export interface ComposedDisk {
  readonly bytes: number;
  readonly image: KnownImage;
  /** What lies over the image, in order; none touches another. */
  readonly patches: readonly Patch[];
  /** Sources of `qemu-img convert` that make up the disk. */
  readonly sources: readonly string[];
  /** Where it holds anything but zeros. */
  readonly data: readonly Extent[];
}

interface Composition {
  readonly image: KnownImage;
  readonly diskBytes: number;
  readonly patches: readonly Patch[];
  /** Private to this attempt; removed by the caller. */
  readonly folder: string;
}

const granule = 64 * 1024;

export const extentOf = ({ offset, bytes }: Patch): Extent => ({ offset, length: bytes.length });

/** Lays the patches over the image; behind its end the disk is zeros. */
export async function composeDisk({
  image,
  diskBytes,
  folder,
  ...composition
}: Composition): Promise<ComposedDisk> {
  const patches = composition.patches.toSorted((a, b) => a.offset - b.offset);
  const file = join(folder, 'patches');
  await writePatches(patches, file);
  return {
    ...{ bytes: diskBytes, image, patches },
    sources: sourcesOf({ image, diskBytes, patches, file }),
    data: [
      ...outside(image.data, patches.map(extentOf)),
      ...patches.flatMap((patch) => filled(patch)),
    ].toSorted((a, b) => a.offset - b.offset),
  };
}

/** The granules that are not all zeros. */
function filled({ offset, bytes }: Patch): Extent[] {
  return pieces([{ offset: 0, length: bytes.length }], granule)
    .filter((piece) => !isZero(bytes.subarray(piece.offset, endOf(piece))))
    .map((piece) => ({ offset: offset + piece.offset, length: piece.length }));
}

const zeros = Buffer.alloc(granule);
const isZero = (bytes: Buffer): boolean => bytes.equals(zeros.subarray(0, bytes.length));

/** One after the other, with holes where they are zeros. */
async function writePatches(patches: readonly Patch[], path: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    for (const { patch, at } of placesOf(patches)) {
      for (const { offset, length } of filled(patch)) {
        await file.write(patch.bytes, offset - patch.offset, length, at + offset - patch.offset);
      }
      await file.truncate(at + patch.bytes.length);
    }
  } finally {
    await file.close();
  }
}

/** Where each patch begins in the file: as aligned as a file's holes. */
function placesOf(patches: readonly Patch[]): { patch: Patch; at: number }[] {
  let next = 0;
  return patches.map((patch) => {
    const at = next;
    next += Math.ceil(patch.bytes.length / granule) * granule;
    return { patch, at };
  });
}

interface Layers {
  readonly image: KnownImage;
  readonly diskBytes: number;
  readonly patches: readonly Patch[];
  readonly file: string;
}

function sourcesOf({ image, diskBytes, patches, file }: Layers): string[] {
  let done = 0;
  const sources: string[] = [];
  const imageUntil = (end: number): void => {
    const ofImage = Math.min(end, image.virtualSize) - done;
    if (ofImage > 0) {
      sources.push(imageSource(image, { offset: done, length: ofImage }));
      done += ofImage;
    }
    if (end > done) {
      sources.push(zeroSource(end - done));
      done = end;
    }
  };
  for (const { patch, at } of placesOf(patches)) {
    imageUntil(patch.offset);
    sources.push(fileSource(file, { offset: at, length: patch.bytes.length }));
    done += patch.bytes.length;
  }
  imageUntil(diskBytes);
  return sources;
}

/** What the disk shall hold in the extent. */
export async function contentOf(
  { image, patches }: ComposedDisk,
  extent: Extent,
  reading: { readonly folder: string; readonly signal: AbortSignal },
): Promise<Buffer> {
  const content = await image.read(extent, reading);
  for (const patch of patches) {
    for (const { offset, length } of inside([extentOf(patch)], extent)) {
      const from = offset - patch.offset;
      patch.bytes.copy(content, offset - extent.offset, from, from + length);
    }
  }
  return content;
}
