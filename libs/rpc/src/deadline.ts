import { setTimeout as delay } from 'node:timers/promises';

/** Rejects with `late()` when `work` has not settled after `ms`. */
export async function within<T>(work: Promise<T>, ms: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(late());
    }, ms);
  });
  try {
    return await Promise.race([work, bound]);
  } finally {
    clearTimeout(timer);
  }
}

/** Settles after `ms`, or at once when the signal is aborted. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}

/** Settles when all of `work` has, or after `ms`, whichever comes first. */
export async function settledWithin(work: Iterable<Promise<unknown>>, ms: number): Promise<void> {
  const stop = new AbortController();
  await Promise.race([Promise.allSettled(work), pause(ms, stop.signal)]);
  stop.abort();
}
