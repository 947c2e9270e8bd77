import { inspectImage } from './inspect-image.js';
import type { FetchedImage } from './image-cache.js';
import { KnownImage } from './known-image.js';

/** Each image takes a MiB of memory. */
const mostKnown = 32;

/** Remembers the images that were written last: an image is inspected once, not for every disk. */
export class KnownImages {
  /** By content hash. The id is the one that was inspected, because a fault names it. */
  private readonly known = new Map<string, { id: string; image: Promise<KnownImage> }>();

  constructor(private readonly workFolder: string) {}

  /**
   * The fetched image. Concurrent callers share one inspection. `signal` ends the caller's wait, not the inspection.
   * Faults as inspectImage.
   */
  async of(fetched: FetchedImage, signal: AbortSignal): Promise<KnownImage> {
    const { id, diskFormat, hash } = fetched.image;
    const key = `${String(diskFormat)}/${hash}`;
    const look = this.known.get(key) ?? { id, image: this.learn(fetched) };
    this.known.delete(key);
    this.known.set(key, look);
    this.forgetOldest();
    try {
      return await unlessAborted(look.image, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (this.known.get(key) === look) {
        this.known.delete(key);
      }
      if (look.id !== id) {
        return this.of(fetched, signal);
      }
      throw error;
    }
  }

  private async learn({ path, image }: FetchedImage): Promise<KnownImage> {
    return KnownImage.learn(await inspectImage(path, image), this.workFolder);
  }

  private forgetOldest(): void {
    for (const [oldest] of this.known) {
      if (this.known.size > mostKnown) {
        this.known.delete(oldest);
      }
    }
  }
}

/** Rejects with the signal's reason as soon as it is aborted. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  // A caller that stopped waiting must not leave an unhandled rejection.
  work.catch(() => undefined);
  signal.throwIfAborted();
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop as () => void);
  }
}
