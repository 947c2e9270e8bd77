import { createHash } from 'node:crypto';
import { unlessAborted } from '../image/known-images.js';
import { contentOf, extentOf, type ComposedDisk } from './compose-disk.js';
import {
  inside,
  mib,
  outside,
  pieces,
  totalLength,
  wholeMib,
  type Extent,
} from '@metalcast/disk-image/table';

/** What the node must read back, and the expected digest. */
export interface Verification {
  /** First the image's data, then the places with bytes of the deployment's own. */
  readonly extents: readonly Extent[];
  readonly sha256: string;
  readonly bytes: number;
  /** True: all that is not zero on the disk; false: a sample. */
  readonly whole: boolean;
}

export interface ExtentChoice {
  /**
   * Whole MiB that hold only the image: the same for all disks of the image that have the same size and the same room
   * for swap and config drive.
   */
  readonly image: readonly Extent[];
  /** Whole MiB that a patch overlaps. */
  readonly own: readonly Extent[];
  readonly whole: boolean;
}

interface ChoiceOptions {
  /** Bytes. */
  readonly limit: number;
  /** Of the deployment; of the image. */
  readonly seed: string;
  readonly imageSeed: string;
}

const sampleBytes = 4 * mib;

/**
 * All data when it is at most `limit` bytes; else a sample of `limit` bytes. The sample has both ends of the data,
 * where tables and config drive are, and extents of 4 MiB drawn evenly from the rest, first from the deployment's own.
 * Equal seeds draw equal extents.
 */
export function chooseExtents(
  { data, bytes, patches }: Pick<ComposedDisk, 'data' | 'bytes' | 'patches'>,
  { limit, seed, imageSeed }: ChoiceOptions,
): ExtentChoice {
  const all = wholeMib(data, bytes);
  const patched = wholeMib(patches.map(extentOf), bytes);
  const own = patched.flatMap((bounds) => inside(all, bounds));
  const image = outside(all, patched);
  if (totalLength(all) <= limit) {
    return { image, own, whole: true };
  }
  const ends = endsOf(all);
  const ownEnds = patched.flatMap((bounds) => inside(ends, bounds));
  const imageEnds = outside(ends, patched);
  let left = limit - totalLength(ends);
  const ownSample = sample(outside(own, ends), left, seed);
  left -= totalLength(ownSample);
  const imageSample = sample(outside(image, ends), left, imageSeed);
  return {
    image: wholeMib([...imageEnds, ...imageSample], bytes),
    own: wholeMib([...ownEnds, ...ownSample], bytes),
    whole: false,
  };
}

/** The first and the last MiB. */
function endsOf(extents: readonly Extent[]): Extent[] {
  const parts = pieces(extents, mib);
  return [...new Set([parts[0], parts.at(-1)])].filter((part) => part !== undefined);
}

function sample(extents: readonly Extent[], limit: number, seed: string): Extent[] {
  const ranked = pieces(extents, sampleBytes)
    .map((extent) => ({ extent, rank: rank(seed, extent.offset) }))
    .toSorted((a, b) => (a.rank < b.rank ? -1 : 1));
  let left = limit;
  const chosen: Extent[] = [];
  for (const { extent } of ranked) {
    if (extent.length > left) {
      break;
    }
    chosen.push(extent);
    left -= extent.length;
  }
  return chosen;
}

const rank = (seed: string, offset: number): string =>
  createHash('sha256').update(`${seed}/${offset}`).digest('hex');

/** The sha256 that the node must report. The image's part is digested once for all its disks. */
export async function expectedDigest(
  disk: ComposedDisk,
  { image, own, whole }: ExtentChoice,
  reading: { readonly folder: string; readonly signal: AbortSignal },
): Promise<Verification> {
  const hash = await unlessAborted(disk.image.digest(image), reading.signal);
  for (const extent of own) {
    hash.update(await contentOf(disk, extent, reading));
  }
  const extents = [...image, ...own];
  return { extents, whole, bytes: totalLength(extents), sha256: hash.digest('hex') };
}

/** The notation of the ramdisk's protocol. */
export const extentsText = (extents: readonly Extent[]): string =>
  extents.map(({ offset, length }) => `${offset}:${length}`).join(' ');
