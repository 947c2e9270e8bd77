import { clockPlus, type Database, type Deployment, type Secrets } from '@metalcast/db';
import type { Logger } from '@metalcast/log';
import { totalLength, wholeMib } from '../disk/extent.js';
import { extentsText } from '../disk/verify-extents.js';
import type { ComposedDisk } from '../disk/compose-disk.js';
import { throttle } from '../disk/write-progress.js';
import { writeDisk, type IscsiTarget } from '../disk/write-disk.js';
import type { FetchedImage, ImageCache } from '../image/image-cache.js';
import type { KnownImages } from '../image/known-images.js';
import { readBrief, type Brief } from './brief.js';
import { fetchPatiently } from './fetch-image.js';
import type { HeldDeployment } from './held-deployment.js';
import { chapOf } from './keys.js';
import { isErasing } from './overdue.js';
import type { DeploymentNews } from './news.js';
import { prepareDisk, type PreparedDisk } from './prepare-disk.js';
import { progressEvent } from './events.js';

export interface AttemptTiming {
  readonly queueMs: number;
  readonly targetMs: number;
  readonly stallMs: number;
  readonly verifyMs: number;
  readonly imagePatienceMs: number;
}

export interface AttemptTools {
  readonly database: Database;
  readonly secrets: Secrets;
  readonly logger: Logger;
  readonly cache: ImageCache;
  readonly images: KnownImages;
  readonly news: DeploymentNews;
  readonly timing: AttemptTiming;
  readonly verifyBytes: number;
}

/** The ramdisk reads at least so fast. */
const slowestReadPerSecond = 1024 * 1024;
const progressEveryMs = 1000;

/** One attempt of a helper at a deployment: prepares the disk while the ramdisk offers it, writes it, has it read back. */
export class Attempt {
  /** Progress that is being stored, in order. */
  private storing: Promise<void> = Promise.resolve();

  constructor(
    private readonly tools: AttemptTools,
    private readonly held: HeldDeployment,
    private readonly taken: Deployment,
    private readonly folder: string,
  ) {}

  /** Faults: those of readBrief, prepareDisk, the image cache and writeDisk; ClaimLost, Stopping. */
  async run(): Promise<void> {
    const { signal } = this.held;
    const brief = await readBrief(this.tools.database, this.tools.secrets, this.taken);
    const fetched = await this.fetch(brief.image.id);
    try {
      const prepared = await prepareDisk({
        brief,
        fetched,
        images: this.tools.images,
        diskBytes: Number(this.taken.diskBytes),
        verifyBytes: this.tools.verifyBytes,
        seed: `${brief.node.uuid}/${this.taken.epoch}`,
        folder: this.folder,
        signal,
      });
      await this.write(brief, prepared);
      await this.startVerifying(brief, prepared);
    } finally {
      fetched.release();
    }
  }

  /** Bytes that come move the deadline. */
  private fetch(image: string): Promise<FetchedImage> {
    const { targetMs, imagePatienceMs } = this.tools.timing;
    const { signal } = this.held;
    return fetchPatiently(this.tools.cache, image, {
      signal,
      patienceMs: imagePatienceMs,
      onSign: throttle(progressEveryMs, () => {
        this.inBackground(() => this.extendDeadline(targetMs));
      }),
    });
  }

  private async write(brief: Brief, { disk }: PreparedDisk): Promise<void> {
    const target = await this.targetOf(brief);
    const total = dataBytes(disk);
    const node = brief.node.uuid;
    await this.storeProgress({ node, done: 0, total, phase: 'writing' });
    const onProgress = throttle<number>(progressEveryMs, (share) => {
      const done = Math.floor(share * total);
      this.inBackground(() => this.storeProgress({ node, done, total, phase: 'writing' }));
    });
    const { signal } = this.held;
    await writeDisk(disk, target, { node, signal, onProgress });
    await this.storing;
  }

  /** Waits until the ramdisk serves the target of this very attempt. */
  private async targetOf({ node }: Brief): Promise<IscsiTarget> {
    const ear = this.tools.news.listen(node.uuid);
    try {
      for (;;) {
        const row = await this.held.read();
        if (row.targetAttempt === row.attempt && row.portal !== null && row.iqn !== null) {
          const { portal, iqn, lun, zeroed, epoch, attempt } = row;
          this.held.isIdle = false;
          const chap = chapOf(this.tools.secrets, { node: node.uuid, epoch, attempt });
          return { portal, iqn, lun, zeroed, ...chap };
        }
        this.held.isIdle = isErasing(row);
        await ear.until(this.tools.timing.targetMs, this.held.signal);
      }
    } finally {
      ear.close();
    }
  }

  private async storeProgress(progress: {
    node: string;
    done: number;
    total: number;
    phase: string;
  }): Promise<void> {
    const { node, done, total, phase } = progress;
    await this.held.write(async ({ sql, out }, row) => {
      const deadlineAt = await clockPlus(sql, this.tools.timing.stallMs);
      const data = { state: 'writing', bytesDone: BigInt(done), total: BigInt(total), deadlineAt };
      const changed = await sql.deployment.update({ where: { id: row.id }, data });
      out.emit(progressEvent(node, changed, phase));
    });
  }

  /** The disk is flushed and closed; from here the row needs no holder, any helper hears the ramdisk's report. */
  private async startVerifying(
    { node }: Brief,
    { verification, disk }: PreparedDisk,
  ): Promise<void> {
    const { bytes, extents, sha256, whole } = verification;
    await this.held.write(async ({ sql, out }, row) => {
      const readingMs = (bytes / slowestReadPerSecond) * 1000;
      const changed = await sql.deployment.update({
        where: { id: row.id },
        data: {
          state: 'verifying',
          helper: null,
          leaseUntil: null,
          deadlineAt: await clockPlus(sql, this.tools.timing.verifyMs + readingMs),
          bytesDone: BigInt(dataBytes(disk)),
          verifyExtents: extentsText(extents),
          verifySha256: sha256,
        },
      });
      out.emit(progressEvent(node.uuid, changed, whole ? 'verifying' : 'verifying a sample'));
    });
    this.tools.news.tell(node.uuid);
  }

  private async extendDeadline(ms: number): Promise<void> {
    await this.held.write(async ({ sql }, row) => {
      const deadlineAt = await clockPlus(sql, ms);
      await sql.deployment.update({ where: { id: row.id }, data: { deadlineAt } });
    });
  }

  /** A lost claim shows by the signal; a database that is away, by the lease. */
  private inBackground(work: () => Promise<void>): void {
    this.storing = this.storing.then(work).catch((error: unknown) => {
      this.tools.logger.debug({ err: error }, 'progress was not stored');
    });
  }
}

/** In whole MiB, as it is read back: what was read back is the whole of it when it is as much. */
const dataBytes = (disk: ComposedDisk): number => totalLength(wholeMib(disk.data, disk.bytes));
