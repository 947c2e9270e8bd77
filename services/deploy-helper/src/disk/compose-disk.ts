import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { KnownImage } from '../image/known-image.js';
import {
  endOf,
  inside,
  outside,
  pieces,
  type Extent,
  type Patch,
} from '@metalcast/disk-image/table';
import { fileSource, imageSource, zeroSource } from './sources.js';

/** The whole content of the disk: the unchanged image, with other bytes in some places. */
export interface ComposedDisk {
  readonly bytes: number;
  readonly image: KnownImage;
  /** The bytes over the image, in order; no two overlap or touch. */
  readonly patches: readonly Patch[];
  /** The extents that do not hold only zeros. */
  readonly data: readonly Extent[];
}

interface Composition {
  readonly image: KnownImage;
  readonly diskBytes: number;
  readonly patches: readonly Patch[];
}

const granule = 64 * 1024;

export const extentOf = ({ offset, bytes, length = bytes.length }: Patch): Extent => ({
  offset,
  length,
});

/** Lays the patches over the image; the disk behind the image's end is zeros. */
export function composeDisk({ image, diskBytes, ...composition }: Composition): ComposedDisk {
  const patches = composition.patches.toSorted((a, b) => a.offset - b.offset);
  return {
    ...{ bytes: diskBytes, image, patches },
    data: [
      ...outside(image.data, patches.map(extentOf)),
      ...patches.flatMap((patch) => filled(patch)),
    ].toSorted((a, b) => a.offset - b.offset),
  };
}

/**
 * Sources of `qemu-img convert` that make up the disk. The patches are written into the folder, which belongs to the
 * caller.
 */
export async function sourcesOf(disk: ComposedDisk, folder: string): Promise<string[]> {
  const file = join(folder, 'patches');
  await writePatches(disk.patches, file);
  return sourcesWith(disk, file);
}

/** The granules that are not all zeros. */
function filled({ offset, bytes }: Patch): Extent[] {
  return pieces([{ offset: 0, length: bytes.length }], granule)
    .filter((piece) => !isZero(bytes.subarray(piece.offset, endOf(piece))))
    .map((piece) => ({ offset: offset + piece.offset, length: piece.length }));
}

const zeros = Buffer.alloc(granule);
const isZero = (bytes: Buffer): boolean => bytes.equals(zeros.subarray(0, bytes.length));

/** Writes the patches one after the other, with holes where they are zeros. */
async function writePatches(patches: readonly Patch[], path: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    for (const { patch, at } of placesOf(patches)) {
      for (const { offset, length } of filled(patch)) {
        await file.write(patch.bytes, offset - patch.offset, length, at + offset - patch.offset);
      }
      await file.truncate(at + extentOf(patch).length);
    }
  } finally {
    await file.close();
  }
}

/** Where each patch begins in the file: aligned like the holes of a file. */
function placesOf(patches: readonly Patch[]): { patch: Patch; at: number }[] {
  let next = 0;
  return patches.map((patch) => {
    const at = next;
    next += Math.ceil(extentOf(patch).length / granule) * granule;
    return { patch, at };
  });
}

function sourcesWith({ image, bytes, patches }: ComposedDisk, file: string): string[] {
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
    const { length } = extentOf(patch);
    sources.push(fileSource(file, { offset: at, length }));
    done += length;
  }
  imageUntil(bytes);
  return sources;
}

/** The content that the disk must have in the extent. */
export async function contentOf(
  { image, patches }: ComposedDisk,
  extent: Extent,
  reading: { readonly folder: string; readonly signal: AbortSignal },
): Promise<Buffer> {
  const content = await image.read(extent, reading);
  layOver(content, extent, patches);
  return content;
}

/** Puts the patches into the content of an extent of the image. */
function layOver(content: Buffer, extent: Extent, patches: readonly Patch[]): void {
  for (const patch of patches) {
    for (const { offset, length } of inside([extentOf(patch)], extent)) {
      const from = offset - patch.offset;
      const at = offset - extent.offset;
      const known = patch.bytes.subarray(from, from + length);
      content.set(known, at);
      content.fill(0, at + known.length, at + length);
    }
  }
}
