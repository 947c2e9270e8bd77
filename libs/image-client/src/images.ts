import type { Account } from '@metalcast/cloud-client';
import { Fault, imageStatus, isUuid } from '@metalcast/domain';
import { imageDescription, type ImageDescription } from './description.js';
import { cached, keep } from './download.js';
import { Fetchings } from './fetching.js';
import { ImageApi } from './image-api.js';
import { RecentAnswers } from './recent-answers.js';
import { stallGuard } from './stall-guard.js';
import { TokenSource } from './token.js';

export interface ImageAccess extends Account {
  /** Base of the image API, with or without its `/v2`. */
  readonly imageUrl: string;
  /** A download without a new byte for so long has failed; default 30 s. */
  readonly stallMs?: number;
  /** The API is asked for an image at most once in this time; default 10 s. */
  readonly recheckMs?: number;
}

export interface FetchOptions {
  readonly signal?: AbortSignal;
  /** Called with the number of bytes so far; not called for an image that is there already. */
  readonly onProgress?: (bytes: number) => void;
}

export interface Images {
  /**
   * The description of the image with this id, or, when it is no UUID, of the newest one with this name. It may be
   * `recheckMs` old: later changes and deletions are not seen yet. Faults: IMAGE_MISSING (deleted, or without data),
   * UNAVAILABLE. Idempotent.
   */
  describe(idOrName: string): Promise<ImageDescription>;
  /**
   * Fetches the image's bytes into `directory`, named by their hash, and returns the path; at once when they are there.
   * Concurrent callers for the same image share one download and its progress. The download ends when the signals of
   * all have aborted; each caller gets its own signal's reason.
   * Faults: IMAGE_MISSING, IMAGE_CORRUPT, UNAVAILABLE. Idempotent.
   */
  fetchTo(idOrName: string, directory: string, options?: FetchOptions): Promise<string>;
}

const defaultStallMs = 30_000;
const defaultRecheckMs = 10_000;

/** The image API through a service account. No request is made before the first use. */
export function openImages(access: ImageAccess): Images {
  const api = new ImageApi(access.imageUrl, new TokenSource(access));
  const fetchings = new Fetchings();

  const descriptions = new RecentAnswers(access.recheckMs ?? defaultRecheckMs, ask);

  async function ask(idOrName: string): Promise<ImageDescription> {
    const json = isUuid(idOrName)
      ? await api.json(`/images/${idOrName}`)
      : await newestNamed(api, idOrName);
    if (json === undefined) {
      throw new Fault('IMAGE_MISSING', { image: idOrName });
    }
    return imageDescription(json);
  }

  const download = async (
    image: ImageDescription,
    directory: string,
    { signal, onProgress }: Required<FetchOptions>,
  ): Promise<string> => {
    const guard = stallGuard(access.stallMs ?? defaultStallMs, signal);
    try {
      const bytes = await api.bytes(image.id, guard.signal);
      if (bytes === undefined) {
        throw new Fault('IMAGE_MISSING', { image: image.id });
      }
      return await keep(image, directory, guard.watch(bytes), { onProgress });
    } finally {
      guard.end();
    }
  };

  return {
    describe: (idOrName) => descriptions.of(idOrName),
    async fetchTo(idOrName, directory, options = {}) {
      const image = await descriptions.of(idOrName);
      options.signal?.throwIfAborted();
      const fetching = fetchings.of(`${directory}/${image.hash}`, async (onProgress, signal) => {
        // Checked by each new download, because another may have ended just before.
        const there = await cached(image, directory);
        return there ?? (await download(image, directory, { signal, onProgress }));
      });
      try {
        return await fetching.wait(options);
      } catch (error) {
        // After a failure the name may mean another image by now.
        descriptions.forget(idOrName);
        throw error;
      }
    },
  };
}

async function newestNamed(api: ImageApi, name: string): Promise<unknown> {
  const query = new URLSearchParams({
    name,
    status: imageStatus.active,
    sort: 'created_at:desc',
    limit: '1',
  });
  const list = (await api.json(`/images?${query.toString()}`)) as
    { images?: unknown[] } | undefined;
  return list?.images?.[0];
}
