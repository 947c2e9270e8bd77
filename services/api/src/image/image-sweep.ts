import { Prisma } from '@metalcast/db';
import type { ModelDatabase } from '@metalcast/db/models';
import type { Logger } from '@metalcast/log';
import { removeUnusedBytes } from './image-bytes.js';
import type { ImageDirectory } from './image-directory.js';
import { uploadLease } from './image-upload.js';
import { moveImages } from './move-images.js';

const everyMs = 60_000;
/** Older than any commit that could still be under way, and than any pause of a living upload. */
const leftoverMs = 3_600_000;

/** Puts right what processes have left that died in the middle of an upload. */
export class ImageSweep {
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: ModelDatabase,
    private readonly directory: ImageDirectory,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.kick();
    this.timer = setInterval(() => {
      this.kick();
    }, everyMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.sweeping;
  }

  /** One round. Repeatable, and harmless beside other processes. */
  async sweep(): Promise<void> {
    await this.requeueAbandoned();
    const before = new Date(Date.now() - leftoverMs);
    await this.directory.removeIncomingBefore(before);
    for (const sha256 of await this.directory.keptBefore(before)) {
      await removeUnusedBytes(this.database, this.directory, sha256);
    }
  }

  /** An image that is `saving` without a live lease can be uploaded again. */
  private async requeueAbandoned(): Promise<void> {
    const prefix = uploadLease('');
    const unheld = Prisma.sql`
      NOT EXISTS (SELECT 1 FROM leases WHERE name = ${prefix} || images.id::text
                     AND lease_until > clock_timestamp())`;
    for (const imageId of await moveImages(this.database.sql, 'abort', unheld)) {
      this.logger.warn({ imageId }, 'upload abandoned: image is queued again');
    }
    await this.database.sql.$executeRaw`
      DELETE FROM leases WHERE starts_with(name, ${prefix}) AND lease_until < clock_timestamp()`;
  }

  private kick(): void {
    this.sweeping = this.sweeping
      .then(() => this.sweep())
      .catch((error: unknown) => {
        this.logger.warn({ err: error }, 'image sweep failed');
      });
  }
}
