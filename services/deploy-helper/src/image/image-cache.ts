import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ImageDescription, Images } from '@metalcast/image-client';

export interface FetchedImage {
  readonly image: ImageDescription;
  readonly path: string;
  /** It may be evicted from now on. Repeatable. */
  release(): void;
}

interface CacheOptions {
  readonly directory: string;
  /** Bytes to keep, but for what is in use. */
  readonly maxBytes: number;
}

const hashName = /^([0-9a-f]{64}|[0-9a-f]{128})$/;

/**
 * Images by their hash in one directory of this helper's own, the least recently used evicted first.
 * Those in use are never evicted, so the bound may be passed for as long as they are.
 */
export class ImageCache {
  private readonly inUse = new Map<string, number>();

  constructor(
    private readonly images: Images,
    private readonly options: CacheOptions,
  ) {}

  /** Faults: IMAGE_MISSING, IMAGE_CORRUPT, UNAVAILABLE. Callers for one image share one download. Repeatable. */
  async fetch(
    id: string,
    options: { signal?: AbortSignal; onProgress?: (bytes: number) => void } = {},
  ): Promise<FetchedImage> {
    const image = await this.images.describe(id);
    const release = this.pin(image.hash);
    try {
      if (!(await exists(join(this.options.directory, image.hash)))) {
        await this.evict(this.options.maxBytes - image.size, image.hash);
      }
      const path = await this.images.fetchTo(image.id, this.options.directory, options);
      await utimes(path, new Date(), new Date());
      return { image, path, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  private pin(hash: string): () => void {
    this.inUse.set(hash, (this.inUse.get(hash) ?? 0) + 1);
    let released = false;
    return () => {
      if (released) {
        return;
      }
      released = true;
      const left = (this.inUse.get(hash) ?? 1) - 1;
      if (left > 0) {
        this.inUse.set(hash, left);
      } else {
        this.inUse.delete(hash);
      }
    };
  }

  /** Removes the oldest until the others fit into `room`. */
  private async evict(room: number, wanted: string): Promise<void> {
    const kept = await this.kept();
    let bytes = kept.reduce((sum, { path, size }) => sum + (path.endsWith(wanted) ? 0 : size), 0);
    for (const { path, size } of kept) {
      if (bytes > room && !this.inUse.has(basename(path))) {
        await rm(path, { force: true });
        bytes -= size;
      }
    }
  }

  /** Oldest first. */
  private async kept(): Promise<{ path: string; size: number; usedAt: number }[]> {
    const names = await readdir(this.options.directory).catch(() => []);
    const files = await Promise.all(
      names
        .filter((name) => hashName.test(name))
        .map(async (name) => {
          const path = join(this.options.directory, name);
          const { size, mtimeMs } = await stat(path);
          return { path, size, usedAt: mtimeMs };
        }),
    );
    return files.toSorted((a, b) => a.usedAt - b.usedAt);
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
