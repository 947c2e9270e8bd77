import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CacheBound, type ImageDescription, type Images } from '@metalcast/image-client';
import type { Logger } from '@metalcast/log';

export interface FetchedImage {
  readonly image: ImageDescription;
  readonly path: string;
  /** The image may be evicted from now on, and is at once if the cache is above its bound. Idempotent. */
  release(): void;
}

interface CacheOptions {
  readonly directory: string;
  /** Bytes to keep; images in use may exceed it. */
  readonly maxBytes: number;
  readonly logger: Pick<Logger, 'warn'>;
}

/**
 * Images by their hash in one directory of this helper's own; the least recently used one is evicted first. Images in
 * use are never evicted, so that they may exceed the bound.
 */
export class ImageCache {
  private readonly inUse = new Map<string, number>();
  private readonly bound: CacheBound;

  constructor(
    private readonly images: Images,
    private readonly options: CacheOptions,
  ) {
    this.bound = new CacheBound({ ...options, isInUse: (hash) => this.inUse.has(hash) });
  }

  /** Evicts images above the bound that are not in use. Never rejects. */
  async shrink(): Promise<void> {
    await this.bound.makeRoom().catch((error: unknown) => {
      this.options.logger.warn({ err: error }, 'the image cache could not be shrunk to its bound');
    });
  }

  /**
   * Faults: IMAGE_MISSING, IMAGE_CORRUPT, UNAVAILABLE. Concurrent callers for one image share one download. Idempotent.
   */
  async fetch(
    id: string,
    options: { signal?: AbortSignal; onProgress?: (bytes: number) => void } = {},
  ): Promise<FetchedImage> {
    const image = await this.images.describe(id);
    const release = this.pin(image.hash);
    try {
      if (!(await exists(join(this.options.directory, image.hash)))) {
        await this.bound.makeRoom(image.size);
      }
      const fetch = () => this.images.fetchTo(image.id, this.options.directory, options);
      const path = await fetch();
      // An image that was being removed when it was pinned is fetched once more; the second one stays.
      return { image, path: (await this.bound.touch(image.hash)) ? path : await fetch(), release };
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
        this.shrink().catch(() => undefined);
      }
    };
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
