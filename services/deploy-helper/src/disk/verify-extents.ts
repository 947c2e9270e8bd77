import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { slice, type ComposedDisk } from './compose-disk.js';
import { endOf, mib, totalLength, wholeMib, type Extent } from './extent.js';
import { qemu, quoted, withSignal } from './qemu-img.js';

/** What the node shall read back, and what must come out. */
export interface Verification {
  readonly extents: readonly Extent[];
  readonly sha256: string;
  readonly bytes: number;
  /** All that is not zero on the disk; false: a sample. */
  readonly whole: boolean;
}

export interface ExtentChoice {
  readonly extents: readonly Extent[];
  readonly whole: boolean;
}

const sampleBytes = 4 * mib;

/**
 * All data when it is not more than `limit` bytes; else a sample of `limit` bytes: the ends of the data, where tables and
 * config drive lie, and stretches of 4 MiB drawn evenly from the rest, the same ones for the same `seed`.
 */
export function chooseExtents(
  data: readonly Extent[],
  diskBytes: number,
  { limit, seed }: { readonly limit: number; readonly seed: string },
): ExtentChoice {
  const all = wholeMib(data, diskBytes);
  if (totalLength(all) <= limit) {
    return { extents: all, whole: true };
  }
  const stretches = all.flatMap(stretchesOf);
  const chosen = [stretches[0], stretches.at(-1)].filter((extent) => extent !== undefined);
  const rest = stretches
    .slice(1, -1)
    .map((extent) => ({ extent, rank: rank(seed, extent.offset) }))
    .toSorted((a, b) => (a.rank < b.rank ? -1 : 1));
  let bytes = totalLength(chosen);
  for (const { extent } of rest) {
    if (bytes + extent.length > limit) {
      break;
    }
    chosen.push(extent);
    bytes += extent.length;
  }
  return { extents: wholeMib(chosen, diskBytes), whole: false };
}

function stretchesOf(extent: Extent): Extent[] {
  const stretches: Extent[] = [];
  for (let offset = extent.offset; offset < endOf(extent); offset += sampleBytes) {
    stretches.push({ offset, length: Math.min(sampleBytes, endOf(extent) - offset) });
  }
  return stretches;
}

const rank = (seed: string, offset: number): string =>
  createHash('sha256').update(`${seed}/${offset}`).digest('hex');

/** The sha256 that the node must come to. Takes as much room in `folder` as is verified. */
export async function expectedDigest(
  disk: ComposedDisk,
  { extents, whole }: ExtentChoice,
  { folder, signal }: { readonly folder: string; readonly signal?: AbortSignal },
): Promise<Verification> {
  const path = join(folder, 'expected.raw');
  if (whole) {
    const args = ['convert', '-W', '-f', 'qcow2', '-O', 'raw', disk.path, path];
    await qemu('qemu-img', args, withSignal(signal));
  } else {
    await copyExtents(disk, extents, { path, signal });
  }
  const hash = createHash('sha256');
  const file = await open(path);
  try {
    for (const { offset, length } of extents) {
      const stream = file.createReadStream({
        start: offset,
        end: offset + length - 1,
        highWaterMark: mib,
        autoClose: false,
      });
      for await (const chunk of stream) {
        hash.update(chunk as Buffer);
      }
    }
  } finally {
    await file.close();
  }
  return { extents, whole, bytes: totalLength(extents), sha256: hash.digest('hex') };
}

async function copyExtents(
  disk: ComposedDisk,
  extents: readonly Extent[],
  { path, signal }: { path: string; signal: AbortSignal | undefined },
): Promise<void> {
  const file = await open(path, 'w', 0o600);
  await file.truncate(disk.bytes);
  await file.close();
  for (const extent of extents) {
    const from = slice({ path: disk.path, format: 'qcow2' }, extent);
    const to = `driver=raw,offset=${extent.offset},size=${extent.length},file.driver=file,file.filename=${quoted(path)}`;
    const args = ['convert', '-n', '--image-opts', '--target-image-opts', from, to];
    await qemu('qemu-img', args, withSignal(signal));
  }
}

/** As the ramdisk's protocol spells them. */
export const extentsText = (extents: readonly Extent[]): string =>
  extents.map(({ offset, length }) => `${offset}:${length}`).join(' ');
