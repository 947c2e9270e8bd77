import { createHash, randomUUID, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { makeWorkFolder, removeWorkFolder } from '../preparation/work-folder.js';
import {
  endOf,
  headBytes,
  inside,
  mib,
  totalLength,
  type Extent,
} from '@metalcast/disk-image/table';
import { qemu, withSignal } from '../disk/qemu-img.js';
import { imageSource } from '../disk/sources.js';
import type { InspectedImage } from './inspect-image.js';

interface Reading {
  /** For the data that is read; the folder belongs to the caller. */
  readonly folder: string;
  readonly signal?: AbortSignal;
}

/** Most sources of one `qemu-img`: it opens the image once for each. */
const sourcesAtOnce = 32;
/** Digests kept: disks of other sizes may need other digests. */
const digestsKept = 4;

/**
 * An inspected image with everything that its deployments need of it, computed once. The image is in use as long as a
 * caller needs it.
 */
export class KnownImage implements InspectedImage {
  private readonly digests = new Map<string, Promise<Hash>>();
  /** A new one for each process, so that not always the same extents of the image are sampled. */
  readonly seed = randomUUID();

  private constructor(
    private readonly inspected: InspectedImage,
    /** Its first MiB, or all of it. */
    readonly head: Buffer,
    /** The extents that do not hold only zeros, in order. */
    readonly data: readonly Extent[],
    private readonly workFolder: string,
  ) {}

  get path(): string {
    return this.inspected.path;
  }

  get format(): InspectedImage['format'] {
    return this.inspected.format;
  }

  get virtualSize(): number {
    return this.inspected.virtualSize;
  }

  /** Creates its work files in new folders within `workFolder`. */
  static async learn(image: InspectedImage, workFolder: string): Promise<KnownImage> {
    return inFolder(workFolder, async (folder) => {
      const length = Math.min(image.virtualSize, headBytes);
      const head = await readImage(image, { offset: 0, length }, { folder });
      return new KnownImage(image, head, await dataExtents(image), workFolder);
    });
  }

  /** The content of the extent; zeros behind the image's end. */
  async read(extent: Extent, reading: Reading): Promise<Buffer> {
    const content = Buffer.alloc(extent.length);
    if (endOf(extent) <= this.head.length) {
      this.head.copy(content, 0, extent.offset, endOf(extent));
      return content;
    }
    const whole = { offset: 0, length: this.virtualSize };
    for (const part of inside([extent], whole)) {
      if (inside(this.data, part).length > 0) {
        const read = await readImage(this.inspected, part, reading);
        read.copy(content, part.offset - extent.offset);
      }
    }
    return content;
  }

  /** The sha256 of the extents, one after the other; more data can be added to the hash. */
  async digest(extents: readonly Extent[]): Promise<Hash> {
    const key = extents.map(({ offset, length }) => `${offset}:${length}`).join(' ');
    const digest = this.digests.get(key) ?? this.digestAnew(extents);
    this.digests.delete(key);
    this.digests.set(key, digest);
    for (const [oldest] of this.digests) {
      if (this.digests.size > digestsKept) {
        this.digests.delete(oldest);
      }
    }
    try {
      return (await digest).copy();
    } catch (error) {
      this.digests.delete(key);
      throw error;
    }
  }

  private digestAnew(extents: readonly Extent[]): Promise<Hash> {
    return inFolder(this.workFolder, async (folder) => {
      const hash = createHash('sha256');
      const held = inside(extents, { offset: 0, length: this.virtualSize });
      for (let at = 0; at < held.length; at += sourcesAtOnce) {
        const path = join(folder, 'stretches');
        await convert(this.inspected, held.slice(at, at + sourcesAtOnce), path);
        for await (const chunk of createReadStream(path, { highWaterMark: mib })) {
          hash.update(chunk as Buffer);
        }
        await rm(path);
      }
      return hash.update(Buffer.alloc(totalLength(extents) - totalLength(held)));
    });
  }
}

async function inFolder<T>(root: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await makeWorkFolder(root);
  try {
    return await work(folder);
  } finally {
    await removeWorkFolder(folder);
  }
}

async function readImage(
  image: InspectedImage,
  extent: Extent,
  { folder, signal }: Reading,
): Promise<Buffer> {
  if (image.format === 'raw') {
    return readFile(image.path, extent);
  }
  const path = join(folder, 'read');
  await convert(image, [extent], path, signal);
  return readFile(path, { offset: 0, length: extent.length });
}

/** An extent of a plain file; zeros behind its end. */
async function readFile(path: string, { offset, length }: Extent): Promise<Buffer> {
  const file = await open(path);
  try {
    const content = Buffer.alloc(length);
    await file.read(content, 0, length, offset);
    return content;
  } finally {
    await file.close();
  }
}

/** Converts the extents into a plain file, one after the other. */
async function convert(
  image: InspectedImage,
  extents: readonly Extent[],
  path: string,
  signal?: AbortSignal,
): Promise<void> {
  const sources = extents.map((extent) => imageSource(image, extent));
  const args = ['convert', '-W', '--image-opts', ...sources, '-O', 'raw', path];
  await qemu(args, withSignal(signal));
}

const mapped = z.array(
  z.looseObject({ start: z.number(), length: z.number(), data: z.boolean(), zero: z.boolean() }),
);

async function dataExtents({ path, format }: InspectedImage): Promise<Extent[]> {
  const json = await qemu(['map', '--output=json', '-f', format, path]);
  return mapped
    .parse(JSON.parse(json))
    .filter(({ data, zero }) => data && !zero)
    .map(({ start, length }) => ({ offset: start, length }));
}
