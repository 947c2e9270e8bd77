import type { Database, Deployment } from '@metalcast/db';
import type { DeploymentOfNode } from '@metalcast/db/deploy-helper';
import { deploymentState } from '@metalcast/domain';
import type { Deriver, Opener } from '@metalcast/keys';
import type { Logger } from '@metalcast/log';
import { totalLength, wholeMib } from '@metalcast/disk-image/table';
import { extentsText } from '../../disk/verify-extents.js';
import type { ComposedDisk } from '../../disk/compose-disk.js';
import { writeDisk, type IscsiTarget } from '../../disk/write-disk.js';
import type { FetchedImage, ImageCache } from '../../image/image-cache.js';
import type { KnownImages } from '../../image/known-images.js';
import { readDeploymentSpec, type DeploymentSpec } from '../deployment-spec.js';
import { fetchPatiently } from '../../preparation/fetch-image.js';
import type { HeldDeployment } from './held-deployment.js';
import { chapOf } from '../keys.js';
import { isErasing } from '../overdue.js';
import type { DeploymentSignals } from '../signals.js';
import type { DeploymentRows } from '../rows.js';
import { prepareDisk, type PreparedDisk } from '../../preparation/prepare-disk.js';
import { progressEvent } from '../events.js';

export interface AttemptTiming {
  readonly queueMs: number;
  readonly targetMs: number;
  readonly stallMs: number;
  readonly verifyMs: number;
  readonly imagePatienceMs: number;
}

export interface AttemptTools {
  readonly database: Database;
  /** Decrypts users' secrets. */
  readonly secrets: Opener;
  /** Derives the keys that the ramdisk presents and the CHAP secrets that it gets. */
  readonly agent: Deriver;
  readonly logger: Logger;
  readonly cache: ImageCache;
  readonly images: KnownImages;
  readonly signals: DeploymentSignals;
  readonly rows: DeploymentRows;
  readonly timing: AttemptTiming;
  readonly verifyBytes: number;
}

/** A slower ramdisk is overdue. */
const slowestReadPerSecond = 1024 * 1024;

/**
 * One attempt of a helper at a deployment: prepares the disk while the ramdisk gets ready to offer it, writes it, and
 * has it read back.
 */
export class Attempt {
  constructor(
    private readonly tools: AttemptTools,
    private readonly held: HeldDeployment,
    private readonly taken: DeploymentOfNode,
    private readonly folder: string,
  ) {}

  /** Faults: those of readDeploymentSpec, prepareDisk, the image cache and writeDisk; ClaimLost, Stopping. */
  async run(): Promise<void> {
    const { signal } = this.held;
    const spec = await readDeploymentSpec(this.tools, this.taken);
    const fetched = await this.fetch(spec.image.id);
    try {
      const prepared = await prepareDisk({
        spec,
        fetched,
        images: this.tools.images,
        diskBytes: Number(this.taken.deployment.diskBytes),
        verifyBytes: this.tools.verifyBytes,
        seed: `${spec.node}/${this.taken.deployment.epoch}`,
        folder: this.folder,
        signal,
      });
      await this.write(spec, prepared);
      await this.startVerifying(spec, prepared);
    } finally {
      fetched.release();
    }
  }

  /** Received bytes move the deadline. */
  private fetch(image: string): Promise<FetchedImage> {
    const { targetMs, imagePatienceMs } = this.tools.timing;
    const { signal } = this.held;
    return fetchPatiently(this.tools.cache, image, {
      signal,
      patienceMs: imagePatienceMs,
      onSign: () => {
        this.held.note({ deadlineMs: targetMs });
      },
    });
  }

  private async write(spec: DeploymentSpec, { disk }: PreparedDisk): Promise<void> {
    const target = await this.targetOf(spec.node);
    const { stallMs: deadlineMs } = this.tools.timing;
    const total = BigInt(dataBytes(disk));
    this.held.note({ bytes: { done: 0n, total }, deadlineMs });
    let last = 0;
    const onProgress = (share: number): void => {
      if (share > last) {
        last = share;
        const done = BigInt(Math.floor(share * Number(total)));
        this.held.note({ bytes: { done, total }, deadlineMs });
      }
    };
    const { signal } = this.held;
    await writeDisk(disk, target, { node: spec.node, folder: this.folder, signal, onProgress });
  }

  /** Waits until the ramdisk serves the target of this very attempt. */
  private async targetOf(node: string): Promise<IscsiTarget> {
    const subscription = this.tools.signals.listen(node);
    try {
      for (;;) {
        const { deployment: row } = await this.held.recent();
        if (row.targetAttempt === row.attempt && row.portal !== null && row.iqn !== null) {
          await this.beginWriting(row);
          const { portal, iqn, lun, zeroed } = row;
          this.held.isIdle = false;
          return {
            portal,
            iqn,
            lun,
            zeroed,
            ...chapOf(this.tools.agent, { ...row, node }),
          };
        }
        this.held.isIdle = isErasing(row);
        await subscription.next(this.tools.timing.targetMs, this.held.signal);
      }
    } finally {
      subscription.close();
    }
  }

  /**
   * `DiskOffered` has usually done this; not if the disk was offered to a helper of the previous release.
   */
  private async beginWriting({ state }: Deployment): Promise<void> {
    if (state === deploymentState.targeting) {
      await this.held.change(() => ({ event: 'write', isProgress: true }));
    }
  }

  /** The disk is flushed and closed. From here on the row needs no holder: any helper can take the ramdisk's report. */
  private async startVerifying({ node }: DeploymentSpec, prepared: PreparedDisk): Promise<void> {
    const { bytes, extents, sha256, whole } = prepared.verification;
    const readingMs = (bytes / slowestReadPerSecond) * 1000;
    const total = BigInt(dataBytes(prepared.disk));
    await this.held.change(() => ({
      event: 'verify',
      set: {
        helper: null,
        bytesDone: total,
        total,
        verifyExtents: extentsText(extents),
        verifySha256: sha256,
      },
      ...{ leaseMs: null, deadlineMs: this.tools.timing.verifyMs + readingMs },
      ...{ isProgress: true, isAwaited: true },
      tell: (out, row) => {
        out.emit(progressEvent(node, row, whole ? 'verifying' : 'verifying a sample'));
      },
    }));
  }
}

/** In whole MiB, as the ramdisk reads: the disk was read back whole when the two numbers are equal. */
const dataBytes = (disk: ComposedDisk): number => totalLength(wholeMib(disk.data, disk.bytes));
