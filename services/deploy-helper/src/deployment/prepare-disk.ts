import { configDriveFiles } from '../config-drive/content.js';
import { configDriveBytes, makeConfigDrive } from '../config-drive/vfat.js';
import { composeDisk, readHead, type ComposedDisk } from '../disk/compose-disk.js';
import { mib } from '../disk/extent.js';
import { addPartitions, type Patch, type Placed, type Wanted } from '../disk/partition-table.js';
import { swapHeader } from '../disk/swap-header.js';
import { chooseExtents, expectedDigest, type Verification } from '../disk/verify-extents.js';
import { inspectImage, type InspectedImage } from '../image/inspect-image.js';
import type { FetchedImage } from '../image/image-cache.js';
import { checkImageFits } from './size-check.js';
import type { Brief } from './brief.js';

export interface PreparedDisk {
  readonly disk: ComposedDisk;
  readonly image: InspectedImage;
  readonly verification: Verification;
}

export interface PrepareOptions {
  readonly brief: Brief;
  readonly fetched: FetchedImage;
  readonly diskBytes: number;
  /** Most that the node reads back. */
  readonly verifyBytes: number;
  /** The same for all attempts of a deployment: ids on the disk and the sample are made of it. */
  readonly seed: string;
  readonly folder: string;
  readonly signal: AbortSignal;
}

/**
 * All that shall be on the node's disk, before a byte of it is written: image, config drive, swap, one partition table.
 * Faults: IMAGE_UNSUITABLE, IMAGE_TOO_LARGE, DISK_TOO_SMALL, TOO_LARGE.
 */
export async function prepareDisk(options: PrepareOptions): Promise<PreparedDisk> {
  const { brief, fetched, diskBytes, folder, signal, seed } = options;
  const node = brief.node.uuid;
  const image = await inspectImage(fetched.path, fetched.image);
  const imageBytes = image.virtualSize;
  checkImageFits({ image: brief.image.id, node, imageBytes, rootGb: brief.rootGb, diskBytes });
  const files = brief.personality === undefined ? [] : configDriveFiles(brief.personality);
  const driveBytes = files.length === 0 ? 0 : configDriveBytes(files);
  // One after the other: when one is cut short, nothing else may still write into the folder.
  const head = await readHead(image, folder, signal);
  const drive = files.length === 0 ? undefined : await makeConfigDrive(files, driveBytes, folder);
  const table = { head, bytes: diskBytes, image: brief.image.id, node, seed };
  const { placed, patches } = addPartitions(table, wantedPartitions(brief.flavor.swap, driveBytes));
  const disk = await composeDisk({
    ...{ image, diskBytes, folder, signal },
    patches: [...patches, ...swapPatches(placed, seed)],
    files: placed.flatMap((place) =>
      place.role === 'config-2' && drive !== undefined ? [{ ...place, path: drive }] : [],
    ),
  });
  const choice = chooseExtents(disk.data, diskBytes, { limit: options.verifyBytes, seed });
  return { disk, image, verification: await expectedDigest(disk, choice, { folder, signal }) };
}

function wantedPartitions(swapMb: number, configDrive: number): Wanted[] {
  return [
    ...(swapMb > 0 ? [{ role: 'swap1' as const, length: swapMb * mib }] : []),
    ...(configDrive > 0 ? [{ role: 'config-2' as const, length: configDrive }] : []),
  ];
}

const swapPatches = (placed: readonly Placed[], seed: string): Patch[] =>
  placed
    .filter(({ role }) => role === 'swap1')
    .map(({ offset, length }) => ({ offset, bytes: swapHeader(length, seed) }));
