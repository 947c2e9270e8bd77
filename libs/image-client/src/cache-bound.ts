import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

interface BoundOptions {
  /** Into which `fetchTo` brings the images: of one process alone. */
  readonly directory: string;
  /** Bytes that they may have together. */
  readonly maxBytes: number;
  /** Which must stay, by hash and time of the last use. */
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

/** Keeps a directory of images from growing beyond a bound: the least recently used go first, those in use never. */
export class CacheBound {
  private isTold = false;
  /** Uses are noted and images removed one after the other: what was found to be here is not removed just then. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: BoundOptions) {}

  /** Whether what is in use was too much when room was last made. */
  get isAbove(): boolean {
    return this.isTold;
  }

  /** Notes that the image is used now; false: it is not here. Its file's time of change is that of its last use. */
  touch(hash: string): Promise<boolean> {
    return this.afterLast(() => this.touchNow(hash));
  }

  /** Removes images until the others leave so much room. That they cannot is told once, until they can again. */
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

  /** As it is now: it may have been used since the others were looked at. */
  private async isInUse(hash: string): Promise<boolean> {
    const file = await stat(join(this.options.directory, hash)).catch(() => undefined);
    return file !== undefined && this.options.isInUse(hash, file.mtime);
  }
}

/** Oldest first. What another removes meanwhile is not there. */
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
