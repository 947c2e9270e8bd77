import { configDriveFiles, type DriveFile } from '../config-drive/content.js';
import { configDrive, configDriveBytes } from '../config-drive/vfat.js';
import { composeDisk, type ComposedDisk } from '../disk/compose-disk.js';
import {
  addPartitions,
  wantedPartitions,
  type Patch,
  type Placed,
} from '@metalcast/disk-image/table';
import { swapHeader } from '../disk/swap-header.js';
import { chooseExtents, expectedDigest, type Verification } from '../disk/verify-extents.js';
import type { KnownImages } from '../image/known-images.js';
import type { FetchedImage } from '../image/image-cache.js';
import { checkImageFits } from './size-check.js';
import type { DeploymentSpec } from '../deployment/deployment-spec.js';

export interface PreparedDisk {
  readonly disk: ComposedDisk;
  readonly verification: Verification;
}

export interface PrepareOptions {
  readonly spec: DeploymentSpec;
  readonly fetched: FetchedImage;
  readonly images: KnownImages;
  readonly diskBytes: number;
  /** Most bytes that the node reads back. */
  readonly verifyBytes: number;
  /** The same for all attempts of a deployment: the ids on the disk and the sample are derived from it. */
  readonly seed: string;
  readonly folder: string;
  readonly signal: AbortSignal;
}

/**
 * Composes the whole content of the node's disk before a byte is written: image, config drive, swap, one partition
 * table.
 * Faults: IMAGE_UNSUITABLE, IMAGE_TOO_LARGE, DISK_TOO_SMALL, TOO_LARGE.
 */
export async function prepareDisk(options: PrepareOptions): Promise<PreparedDisk> {
  const { spec, fetched, images, diskBytes, folder, signal, seed } = options;
  const { node } = spec;
  const image = await images.of(fetched, signal);
  const imageBytes = image.virtualSize;
  checkImageFits({ image: spec.image.id, node, imageBytes, rootGb: spec.rootGb, diskBytes });
  const files = spec.configDriveInput === undefined ? [] : configDriveFiles(spec.configDriveInput);
  const driveBytes = files.length === 0 ? 0 : configDriveBytes(files);
  const table = { head: image.head, bytes: diskBytes, image: spec.image.id, node, seed };
  const { placed, patches } = addPartitions(table, wantedPartitions(spec.flavor.swap, driveBytes));
  const disk = composeDisk({
    ...{ image, diskBytes },
    patches: [...patches, ...placed.map((place) => contentOf(place, files, seed))],
  });
  const { verifyBytes: limit } = options;
  const choice = chooseExtents(disk, { limit, seed, imageSeed: image.seed });
  return { disk, verification: await expectedDigest(disk, choice, { folder, signal }) };
}

/** Of a swap partition only the header is written. */
const contentOf = (
  { role, offset, length }: Placed,
  files: readonly DriveFile[],
  seed: string,
): Patch => ({
  offset,
  ...(role === 'config-2' ? { length } : {}),
  bytes: role === 'swap1' ? swapHeader(length, seed) : configDrive(files, length),
});
