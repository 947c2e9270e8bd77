import { Inject, Injectable } from '@nestjs/common';
import { hasPassed, leaseMs, leaseRenewMs, Prisma } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import type { Logger } from '@metalcast/log';
import { OverdueGuard } from '@metalcast/service';
import { Loop } from '@metalcast/work';
import { LOGGER } from '../../context/injection-tokens.js';
import { removeUnusedBytes } from './image-bytes.js';
import { ImageDirectory } from './image-directory.js';
import { uploadLease } from '../data/image-upload.js';
import { moveImages } from './move-images.js';

const everyMs = 60_000;
/** Grace for an upload that could not renew its lease. */
const graceMs = 2 * leaseRenewMs;
/** Older than any running commit, and longer than any pause of a running upload. */
const leftoverMs = 3_600_000;

export interface ImageSweepOptions {
  readonly overdueGuard: Pick<OverdueGuard, 'tick' | 'canDeclareOverdue'>;
  /** How often the database's clock is read. */
  readonly lookMs: number;
}

/** The guard's gap must be longer than a look and half of the grace. */
const defaultOptions = (): ImageSweepOptions => ({
  overdueGuard: new OverdueGuard({ everyMs: leaseRenewMs, graceMs }),
  lookMs: leaseRenewMs,
});

/** Repairs images and files of processes that died during an upload. */
@Injectable()
export class ImageSweep {
  private readonly loop: Loop;
  /** On the monotonic clock. */
  private dueAt = 0;
  private isFailing = false;

  constructor(
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(ImageDirectory) private readonly directory: ImageDirectory,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly options = defaultOptions(),
  ) {
    this.loop = new Loop({
      work: () => this.sweepWhenDue(),
      period: { everyMs: options.lookMs, ifRunning: 'skip' },
      onError: (error) => {
        this.failed(error);
      },
    });
  }

  start(): void {
    this.loop.wake();
    this.loop.start();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  /** One round. Idempotent, and safe beside other processes. */
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
    const isOver = hasPassed('lease_until', leaseMs);
    const unheld = Prisma.sql`
      NOT EXISTS (SELECT 1 FROM leases WHERE name = ${prefix} || images.id::text
                     AND NOT ${isOver})`;
    for (const imageId of await moveImages(this.database.sql, 'abort', unheld)) {
      this.logger.warn({ imageId }, 'upload abandoned: image is queued again');
    }
    await this.database.sql.$executeRaw`
      DELETE FROM leases WHERE starts_with(name, ${prefix}) AND ${isOver}`;
  }

  /** Logged once, until a sweep succeeds. */
  private failed(error: unknown): void {
    if (!this.isFailing) {
      this.logger.warn({ err: error }, 'image sweep failed');
    }
    this.isFailing = true;
  }

  private async sweepWhenDue(): Promise<void> {
    const { overdueGuard } = this.options;
    const [now] = await this.database.sql.$queryRaw<{ clock: Date }[]>`
      SELECT clock_timestamp() AS clock`;
    overdueGuard.tick(now?.clock);
    if (performance.now() >= this.dueAt && overdueGuard.canDeclareOverdue(now?.clock)) {
      await this.sweep();
      this.dueAt = performance.now() + everyMs;
    }
    this.isFailing = false;
  }
}
