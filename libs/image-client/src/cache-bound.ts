import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

interface BoundOptions {
  /** The directory into which `fetchTo` puts the images; only this process uses it. */
  readonly directory: string;
  /** Bytes that they may have together. */
  readonly maxBytes: number;
  /** Whether an image must stay, by its hash and the time of its last use. */
  readonly isInUse: (hash: string, usedAt: Date) => boolean;
  readonly logger: { warn(fields: object, message: string): void };
}

/** An image of a cache: its file is named by its hash. */
interface KeptImage {
  readonly hash: string;
  readonly size: number;
  readonly usedAt: Date;
}

const hashName = /^([0-9a-f]{64}|[0-9a-f]{128})$/;

/** Limits the size of a directory of images: the least recently used ones are removed first, images in use never. */
export class CacheBound {
  private isTold = false;
  /** Uses and removals run one after the other, so that an image that was found is not removed at that moment. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: BoundOptions) {}

  /** Whether the images in use exceeded the bound when room was last made. */
  get isAbove(): boolean {
    return this.isTold;
  }

  /**
   * Notes that the image is used now; false: the image is not in the cache. The file's modification time is the time of
   * the last use.
   */
  touch(hash: string): Promise<boolean> {
    return this.afterLast(() => this.touchNow(hash));
  }

  /**
   * Removes images until the others leave the wanted room. If they cannot, this is reported once, until they can again.
   */
  makeRoom(bytesWanted = 0): Promise<void> {
    return this.afterLast(() => this.makeRoomNow(bytesWanted));
  }

  private afterLast<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work);
    this.last = result.catch(() => undefined);
    return result;
  }

  private async touchNow(hash: string): Promise<boolean> {
    const now = new Date();
    try {
      await utimes(join(this.options.directory, hash), now, now);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
        return false;
      }
      throw error;
    }
  }

  private async makeRoomNow(bytesWanted: number): Promise<void> {
    const { directory, maxBytes, logger } = this.options;
    const kept = await keptIn(directory);
    let bytes = kept.reduce((sum, { size }) => sum + size, bytesWanted);
    for (const { hash, size } of kept) {
      if (bytes > maxBytes && !(await this.isInUse(hash))) {
        await rm(join(directory, hash), { force: true });
        bytes -= size;
      }
    }
    if (bytes > maxBytes && !this.isTold) {
      const fields = { directory, maxBytes, bytes };
      logger.warn(
        fields,
        'images in use are larger than the cache may be: it stays above its bound',
      );
    }
    this.isTold = bytes > maxBytes;
  }

  /** Read now, because the image may have been used since the others were checked. */
  private async isInUse(hash: string): Promise<boolean> {
    const file = await stat(join(this.options.directory, hash)).catch(() => undefined);
    return file !== undefined && this.options.isInUse(hash, file.mtime);
  }
}

/** Oldest first. A file that another process removes meanwhile is left out. */
async function keptIn(directory: string): Promise<KeptImage[]> {
  const names = await readdir(directory).catch(() => []);
  const images: KeptImage[] = [];
  for (const hash of names.filter((name) => hashName.test(name))) {
    const file = await stat(join(directory, hash)).catch(() => undefined);
    if (file !== undefined) {
      images.push({ hash, size: file.size, usedAt: file.mtime });
    }
  }
  return images.toSorted((a, b) => a.usedAt.getTime() - b.usedAt.getTime());
}
