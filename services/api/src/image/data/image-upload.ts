import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { acquireLease, leaseRenewMs, Prisma, type Image } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import type { DiskFormat } from '@metalcast/disk-image';
import { Fault, imageStates, imageStatus, type ImageStatus } from '@metalcast/domain';
import { ConcurrencyLimit, Loop } from '@metalcast/work';
import type { ApiConfig } from '../../config.js';
import { API_CONFIG } from '../../context/injection-tokens.js';
import type { Caller } from '../../http/access/caller.js';
import { lockOwnImage } from '../images/image-access.js';
import { endReservation, removeUnusedBytes, reserveBytes } from '../store/image-bytes.js';
import { ImageDirectory, type ReceiveOptions, type Received } from '../store/image-directory.js';
import { Inspections } from '../store/inspections.js';
import { moveImages } from '../store/move-images.js';

export const uploadLease = (imageId: string): string => `image-upload:${imageId}`;

/** The lease of a running upload: it shows that the image's `saving` is alive. */
interface Hold {
  readonly imageId: string;
  readonly owner: string;
  readonly claim: number;
}

type UploadOptions = Omit<ReceiveOptions, 'signal'>;

const slowBytesPerSecond = 8 * 1024;

/** The bytes that a client wants to send. */
export interface Incoming {
  readonly source: Readable;
  readonly length: number | undefined;
  /** Tells the client to send: the image can take the bytes. */
  readonly accept: () => void;
}

/**
 * How many uploads may use the database at once: each waits for its image's row, and other requests need connections
 * too.
 */
const atTheDatabase = 2;

/**
 * Takes the bytes of an image in: queued → saving → active, or back to queued when they are refused or do not arrive.
 */
@Injectable()
export class ImageUpload implements OnApplicationShutdown {
  private readonly running = new Set<Promise<void>>();
  private readonly limit = new ConcurrencyLimit(atTheDatabase);
  private readonly options: UploadOptions;

  constructor(
    @Inject(ModelDatabase) private readonly database: ModelDatabase,
    @Inject(ImageDirectory) private readonly directory: ImageDirectory,
    @Inject(API_CONFIG) config: Pick<ApiConfig, 'maxImageBytes' | 'uploadSilenceSeconds'>,
    @Inject(Inspections) private readonly inspections: Pick<Inspections, 'inspect'>,
  ) {
    const { maxImageBytes: maxBytes, uploadSilenceSeconds: seconds } = config;
    const silenceMs = seconds * 1000;
    const slowBytes = seconds * slowBytesPerSecond;
    this.options = { maxBytes, silenceMs, slowMs: silenceMs, slowBytes };
  }

  /**
   * Returns when the image is active and its bytes are on disk. Faults: NOT_FOUND, FORBIDDEN, CONFLICT (has data, or is
   * being uploaded), TOO_LARGE, REQUEST_TIMEOUT, BAD_REQUEST (no format, another sha256,
   * ended early, and those of `inspectImage`).
   */
  upload(caller: Caller, imageId: string, incoming: Incoming): Promise<void> {
    const running = this.run(caller, imageId, incoming);
    const settled = running
      .catch(() => undefined)
      .finally(() => {
        this.running.delete(settled);
      });
    this.running.add(settled);
    return running;
  }

  /** Waits until all uploads have ended, and their images have the state in which they stay. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.running);
  }

  private async run(caller: Caller, imageId: string, incoming: Incoming): Promise<void> {
    if ((incoming.length ?? 0) > this.options.maxBytes) {
      const reason = `An image may have at most ${this.options.maxBytes} bytes.`;
      throw new Fault('TOO_LARGE', { reason });
    }
    const { image, hold } = await this.limit.run(() => {
      // Clients that left would otherwise fill the queue.
      if (incoming.source.destroyed) {
        throw new Fault('BAD_REQUEST', { reason: 'The upload ended early.' });
      }
      return this.begin(caller, imageId);
    });
    let received = false;
    try {
      incoming.accept();
      await this.takeIn(image, hold, incoming.source);
      received = true;
    } finally {
      await this.limit.run(() => this.release(hold, received));
    }
  }

  private async release(hold: Hold, received: boolean): Promise<void> {
    try {
      if (!received) {
        await this.giveUp(hold);
      }
    } finally {
      await this.endLease(hold);
    }
  }

  private async endLease({ imageId, owner }: Hold): Promise<void> {
    await this.database.prisma.lease.deleteMany({ where: { name: uploadLease(imageId), owner } });
  }

  private async begin(caller: Caller, imageId: string): Promise<{ image: Image; hold: Hold }> {
    await this.database.transaction(({ sql }) =>
      lockOwnImage(sql, 'upload_image', caller, imageId),
    );
    const owner = randomUUID();
    const lease = await acquireLease(this.database, uploadLease(imageId), owner);
    if (lease === undefined) {
      throw new Fault('CONFLICT', { reason: `Image ${imageId} is being uploaded.` });
    }
    const hold = { imageId, owner, claim: lease.claim };
    try {
      const image = await this.database.transaction(async ({ sql }) => {
        const own = await lockOwnImage(sql, 'upload_image', caller, imageId);
        requireUploadable(own);
        await moveImages(sql, 'upload', Prisma.sql`id = ${imageId}::uuid`);
        return own;
      });
      return { image, hold };
    } catch (error) {
      await this.endLease(hold);
      throw error;
    }
  }

  private async takeIn(image: Image, hold: Hold, source: Readable): Promise<void> {
    const lost = new AbortController();
    const renewal = new Loop({
      work: async () => {
        const lease = await acquireLease(this.database, uploadLease(image.id), hold.owner);
        if (lease?.claim !== hold.claim) {
          lost.abort();
        }
      },
      period: { everyMs: leaseRenewMs, ifRunning: 'skip' },
      // The next renewal may reach the database again; the end of the upload checks the claim anyway.
      onError: () => undefined,
    });
    renewal.start();
    let received: Received | undefined;
    try {
      received = await this.directory.receive(source, { ...this.options, signal: lost.signal });
      await this.finish(image, hold, received);
    } finally {
      // A renewal that is under way would take the lease anew after its release.
      await renewal.stop();
      if (received !== undefined) {
        await this.directory.discard(received);
      }
    }
  }

  private async finish(image: Image, hold: Hold, received: Received): Promise<void> {
    requireExpectedHash(image, received);
    const { size, sha256, md5 } = received;
    const format = image.diskFormat as DiskFormat;
    const found = await this.inspections.inspect({ ...received, format });
    const bytes = { size, sha256, checksum: md5, ...found };
    await reserveBytes(this.database, sha256, hold.owner);
    try {
      await this.directory.keep(received);
      await this.database.transaction(async ({ sql }) => {
        if (!(await endReservation(sql, sha256, hold.owner))) {
          throw new Fault('UNAVAILABLE', { reason: 'The image store was too slow: upload anew.' });
        }
        const [held] = await sql.$queryRaw<object[]>`
          SELECT 1 FROM leases WHERE name = ${uploadLease(image.id)} AND owner = ${hold.owner}
             AND claim = ${hold.claim} FOR UPDATE`;
        const which = Prisma.sql`id = ${image.id}::uuid AND ${held !== undefined}`;
        if ((await moveImages(sql, 'complete', which, bytes)).length === 0) {
          throw new Fault('CONFLICT', {
            reason: `Image ${image.id} was deleted or uploaded anew.`,
          });
        }
      });
    } catch (error) {
      await this.database.transaction(({ sql }) => endReservation(sql, sha256, hold.owner));
      await removeUnusedBytes(this.database, this.directory, sha256);
      throw error;
    }
  }

  /** Only while this process has the lease: after that the image belongs to another upload. */
  private async giveUp({ imageId, owner, claim }: Hold): Promise<void> {
    const held = Prisma.sql`
      id = ${imageId}::uuid AND EXISTS (SELECT 1 FROM leases WHERE name = ${uploadLease(imageId)}
                                           AND owner = ${owner} AND claim = ${claim})`;
    await moveImages(this.database.prisma, 'abort', held);
  }
}

function requireUploadable({ id, status, diskFormat, containerFormat }: Image): void {
  if (imageStates.next(status as ImageStatus, 'upload') === undefined) {
    throw new Fault('CONFLICT', {
      reason: `Image status transition from ${status} to ${imageStatus.saving} is not allowed (image ${id}).`,
    });
  }
  if (diskFormat === null || containerFormat === null) {
    throw new Fault('BAD_REQUEST', {
      reason: 'Properties disk_format, container_format must be set prior to saving data.',
    });
  }
}

/** OpenStack's clients note the expected sha256. */
function requireExpectedHash({ properties }: Image, { size, sha256 }: Received): void {
  const expected = (properties as Record<string, string>)['owner_specified.openstack.sha256'] ?? '';
  if (expected !== '' && expected.toLowerCase() !== sha256) {
    throw new Fault('BAD_REQUEST', {
      reason: `The image was refused: its sha256 is ${sha256}, not ${expected}.`,
    });
  }
  if (size === 0) {
    throw new Fault('BAD_REQUEST', { reason: 'The image was refused: it is empty.' });
  }
}
