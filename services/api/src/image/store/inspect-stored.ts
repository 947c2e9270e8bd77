import { inspectImage, type DiskFormat } from '@metalcast/disk-image';
import { Prisma, type Image } from '@metalcast/db';
import type { ModelDatabase } from '@metalcast/db/models';
import { Fault, imageStatus } from '@metalcast/domain';
import type { ImageDirectory } from './image-directory.js';

const disks: readonly DiskFormat[] = ['raw', 'qcow2'];
const atOnce = 100;

/** Less than any image's id. */
const first = '00000000-0000-0000-0000-000000000000';

/**
 * Inspects disks that were stored by releases that did not look into images. What would be refused today is marked, and
 * no server is built from it. An image whose bytes are not there stays as it is: the store may come back.
 */
export class StoredInspection {
  /** The last image that was looked at. Where a round ends the next one goes on, whatever became of those before. */
  private after = first;

  constructor(
    private readonly database: ModelDatabase,
    private readonly directory: ImageDirectory,
  ) {}

  /** One round: a hundred images at most; after the last image the next round begins with the first. Idempotent. */
  async round(): Promise<void> {
    const images = await this.next();
    for (const image of images) {
      this.after = image.id;
      await this.inspect(image);
    }
    if (images.length < atOnce) {
      this.after = first;
    }
  }

  private next(): Promise<UnknownImage[]> {
    return this.database.prisma.$queryRaw<UnknownImage[]>`
      SELECT id, sha256, size, disk_format AS "diskFormat" FROM images
       WHERE status = ${imageStatus.active} AND facts IS NULL AND refused IS NULL
         AND disk_format IN (${Prisma.join(disks)}) AND id > ${this.after}::uuid ORDER BY id LIMIT ${atOnce}`;
  }

  private async inspect(image: UnknownImage): Promise<void> {
    const found = await inspected(image, this.directory);
    if (found !== undefined) {
      const { id, sha256 } = image;
      await this.database.prisma.image.updateMany({ where: { id, sha256 }, data: found });
    }
  }
}

type UnknownImage = Pick<Image, 'id' | 'sha256' | 'size' | 'diskFormat'>;

async function inspected(
  image: UnknownImage,
  directory: ImageDirectory,
): Promise<Prisma.ImageUpdateManyMutationInput | undefined> {
  const path = await directory.complete(image).catch(() => undefined);
  if (path === undefined) {
    return undefined;
  }
  try {
    const format = image.diskFormat as DiskFormat;
    const { facts } = await inspectImage({ path, format, folder: directory.incoming });
    return facts === null ? undefined : { facts };
  } catch (error) {
    if (error instanceof Fault && error.code === 'BAD_REQUEST') {
      return { refused: error.message };
    }
    throw error;
  }
}
