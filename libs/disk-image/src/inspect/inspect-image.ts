import { tmpdir } from 'node:os';
import type { ImageFacts } from '@metalcast/contracts';
import { diskFacts } from '../content/disk-facts.js';
import { edgesOfFile, type Edges } from '../content/edges.js';
import { describeSignature, recognise, type Signature } from '../content/signatures.js';
import { whyNoDisk } from '../content/why-no-disk.js';
import { qcow2Edges } from './qcow2.js';
import { refused } from './refused.js';

/** Formats of image files: disks, or a kernel (aki) or ramdisk (ari). */
export const diskFormats = ['raw', 'qcow2', 'aki', 'ari'] as const;
export type DiskFormat = (typeof diskFormats)[number];

/** What a disk image is to be declared as, by its bytes. */
export const formatOf = (edges: Edges): 'raw' | 'qcow2' =>
  recognise(edges)?.name === 'qcow2' ? 'qcow2' : 'raw';

export interface InspectedImage {
  /** Bytes of the disk in the image; of the file for kernels and ramdisks. */
  readonly virtualSize: number;
  /** Null for kernels and ramdisks. */
  readonly facts: ImageFacts | null;
}

export interface ImageFile {
  readonly path: string;
  readonly format: DiskFormat;
  /** Of the file, if it was read already. */
  readonly edges?: Edges;
  /** For work files. */
  readonly folder?: string;
}

/**
 * Looks into an image: whether it is what it is declared to be, stands alone, is complete, and may be a bootable disk.
 * Faults: BAD_REQUEST with the reason, and what to do; UNAVAILABLE when this host could not find out.
 */
export async function inspectImage(image: ImageFile): Promise<InspectedImage> {
  const { path, format, edges = await edgesOfFile(path), folder = tmpdir() } = image;
  const found = recognise(edges);
  switch (format) {
    case 'qcow2':
      requireQcow2(found);
      return inspectDisk(await qcow2Edges(path, edges.head, folder), 'its disk');
    case 'raw':
      refuseForeign(found, 'raw');
      return inspectDisk(edges, 'it');
    case 'aki':
    case 'ari':
      // Kernels and ramdisks are compressed, and archives.
      refuseForeign(found !== undefined && isNoBootFile(found) ? found : undefined, format);
      return { virtualSize: edges.size, facts: null };
  }
}

const isNoBootFile = ({ kind, name }: Signature): boolean =>
  kind === 'disk' || name === 'HTML' || name === 'XML';

function requireQcow2(found: Signature | undefined): void {
  if (found?.name !== 'qcow2') {
    const what = found === undefined ? 'is something else' : describeSignature(found);
    throw refused(`it is declared as qcow2, but ${what}`);
  }
}

function refuseForeign(found: Signature | undefined, declared: DiskFormat): void {
  if (found !== undefined) {
    throw refused(`it is declared as ${declared}, but ${describeSignature(found)}`);
  }
}

function inspectDisk(edges: Edges, subject: string): InspectedImage {
  const facts = diskFacts(edges);
  const reason = whyNoDisk(edges, facts);
  if (reason !== undefined) {
    throw refused(`${subject} ${reason}`);
  }
  return { virtualSize: edges.size, facts };
}
