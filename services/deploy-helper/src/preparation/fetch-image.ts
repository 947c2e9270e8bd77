import { setTimeout as pause } from 'node:timers/promises';
import { Fault } from '@metalcast/domain';
import type { FetchedImage, ImageCache } from '../image/image-cache.js';

interface FetchOptions {
  readonly signal: AbortSignal;
  /** How long to retry an image API that does not answer. */
  readonly patienceMs: number;
  /** Called with the number of bytes so far when bytes arrive, and with 0 before every retry. */
  readonly onSign: (bytes: number) => void;
}

const pausesMs = [500, 1000, 2000, 5000];

/**
 * Fetches the image. A restart of the image API costs time, but does not fail the deployment. Faults as
 * ImageCache.fetch.
 */
export async function fetchPatiently(
  cache: ImageCache,
  id: string,
  { signal, patienceMs, onSign }: FetchOptions,
): Promise<FetchedImage> {
  let giveUpAt = performance.now() + patienceMs;
  const onProgress = (bytes: number): void => {
    giveUpAt = performance.now() + patienceMs;
    onSign(bytes);
  };
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await cache.fetch(id, { signal, onProgress });
    } catch (error) {
      signal.throwIfAborted();
      const away = error instanceof Fault && error.code === 'UNAVAILABLE';
      if (!away || performance.now() >= giveUpAt) {
        throw error;
      }
      await pause(pausesMs[Math.min(attempt, pausesMs.length - 1)], undefined, { signal });
      onSign(0);
    }
  }
}
