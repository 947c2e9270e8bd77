import { inspectImage, type DiskFormat } from '@metalcast/disk-image';
import { Prisma, type Image } from '@metalcast/db';
import type { ModelDatabase } from '@metalcast/db/models';
import { Fault, imageStatus } from '@metalcast/domain';
import type { ImageDirectory } from './image-directory.js';

const disks: readonly DiskFormat[] = ['raw', 'qcow2'];
const atOnce = 100;

/**
 * Inspects disks that were stored by releases that did not look into images. What would be refused today is marked, and
 * no server is built from it. An image whose bytes are not there stays as it is: the store may come back. Idempotent.
 */
export async function inspectStored(
  { prisma }: ModelDatabase,
  directory: ImageDirectory,
): Promise<void> {
  const images = await prisma.$queryRaw<UnknownImage[]>`
    SELECT id, sha256, size, disk_format AS "diskFormat" FROM images
     WHERE status = ${imageStatus.active} AND facts IS NULL AND refused IS NULL
       AND disk_format IN (${Prisma.join(disks)}) LIMIT ${atOnce}`;
  for (const image of images) {
    const found = await inspected(image, directory);
    if (found !== undefined) {
      const { id, sha256 } = image;
      await prisma.image.updateMany({ where: { id, sha256 }, data: found });
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
