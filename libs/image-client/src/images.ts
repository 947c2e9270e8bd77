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
  /** A download that brings no byte for so long has failed; 30 s when not given. */
  readonly stallMs?: number;
  /** The API is asked of one image once in so long; 10 s when not given. */
  readonly recheckMs?: number;
}

export interface FetchOptions {
  readonly signal?: AbortSignal;
  /** Called with the bytes that have come so far; not at all for an image that is there already. */
  readonly onProgress?: (bytes: number) => void;
}

export interface Images {
  /**
   * What the image API tells of the image with this id, or, when it is no UUID, with this name
   * (the newest one), as it was `recheckMs` ago at the most: what was changed or deleted since is not seen yet. Faults: IMAGE_MISSING
   * (gone, or without data), UNAVAILABLE. Repeatable.
   */
  describe(idOrName: string): Promise<ImageDescription>;
  /**
   * Brings the image's bytes into `directory`, named by their hash, and returns the path; at once
   * when they are there. Callers who ask for the same image at the same time share one download, and
   * hear of its progress; it ends when the signals of all have said so, each of whom gets his signal's reason.
   * Faults: IMAGE_MISSING, IMAGE_CORRUPT, UNAVAILABLE. Repeatable.
   */
  fetchTo(idOrName: string, directory: string, options?: FetchOptions): Promise<string>;
}

const defaultStallMs = 30_000;
const defaultRecheckMs = 10_000;

/** The image API through a service account. Asks for nothing until it is used. */
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
        // Looked for by whoever fetches: another may have ended just before.
        const there = await cached(image, directory);
        return there ?? (await download(image, directory, { signal, onProgress }));
      });
      try {
        return await fetching.wait(options);
      } catch (error) {
        // What could not be fetched may be another image by now.
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
