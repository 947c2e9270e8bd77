import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { acquireLease, Prisma, releaseLease, type Image } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import type { DiskFormat } from '@metalcast/disk-image';
import { Fault, imageStatus } from '@metalcast/domain';
import type { Logger } from '@metalcast/log';
import { Loop } from '@metalcast/work';
import { LOGGER } from '../../context/injection-tokens.js';
import { ImageDirectory } from './image-directory.js';
import { Inspections } from './inspections.js';

const disks: readonly DiskFormat[] = ['raw', 'qcow2'];
const leaseName = 'image-inspection';
const everyMs = 300_000;
/** Longer than a round's pause and than an inspection: the holder makes the next round too. */
const leaseMs = 2 * everyMs;
const firstId = '00000000-0000-0000-0000-000000000000';

type UnknownImage = Pick<Image, 'id' | 'sha256' | 'size' | 'diskFormat'>;

/**
 * Inspects disks that were stored by releases that did not look into images. What would be refused today is marked, and
 * no server is built from it. One process of all does that, beside whatever else it does.
 */
@Injectable()
export class StoredInspection {
  private readonly owner = randomUUID();
  private readonly loop: Loop;
  private stopped = false;

  constructor(
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(ImageDirectory) private readonly directory: ImageDirectory,
    @Inject(Inspections) private readonly inspections: Pick<Inspections, 'inspect'>,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.loop = new Loop({
      work: () => this.round(),
      period: { everyMs, ifRunning: 'skip' },
      onError: (error) => {
        this.logger.warn({ err: error }, 'inspection of stored images failed');
      },
    });
  }

  start(): void {
    this.loop.wake();
    this.loop.start();
  }

  /** Ends after the image that is under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.loop.stop();
    await releaseLease(this.database, leaseName, this.owner).catch((error: unknown) => {
      this.logger.debug({ err: error }, 'the lease of the inspection of stored images runs out');
    });
  }

  /** Every image once, unless another process does that. An image that fails does not stop the others. Idempotent. */
  async round(): Promise<void> {
    let image: UnknownImage | undefined = undefined;
    while (!this.stopped && (await this.hold())) {
      image = await this.nextAfter(image?.id ?? firstId);
      if (image === undefined) {
        return;
      }
      await this.settle(image);
    }
  }

  private async hold(): Promise<boolean> {
    return (await acquireLease(this.database, leaseName, this.owner, leaseMs)) !== undefined;
  }

  private async nextAfter(id: string): Promise<UnknownImage | undefined> {
    const [image] = await this.database.prisma.$queryRaw<UnknownImage[]>`
      SELECT id, sha256, size, disk_format AS "diskFormat" FROM images
       WHERE status = ${imageStatus.active} AND facts IS NULL AND refused IS NULL
         AND disk_format IN (${Prisma.join(disks)}) AND id > ${id}::uuid
       ORDER BY images.id LIMIT 1`;
    return image;
  }

  /** Without a verdict the image stays as it is, for the next round: the store may come back. */
  private async settle(image: UnknownImage): Promise<void> {
    const { id, sha256 } = image;
    try {
      const found = await this.inspected(image);
      await this.database.prisma.image.updateMany({ where: { id, sha256 }, data: found });
    } catch (error) {
      this.logger.warn({ err: error, imageId: id }, 'a stored image could not be inspected');
    }
  }

  private async inspected(image: UnknownImage): Promise<Prisma.ImageUpdateManyMutationInput> {
    const path = await this.directory.complete(image);
    const format = image.diskFormat as DiskFormat;
    try {
      const { facts } = await this.inspections.inspect({
        ...{ path, format, folder: this.directory.incoming },
      });
      return facts === null ? {} : { facts };
    } catch (error) {
      if (error instanceof Fault && error.code === 'BAD_REQUEST') {
        return { refused: error.message };
      }
      throw error;
    }
  }
}
