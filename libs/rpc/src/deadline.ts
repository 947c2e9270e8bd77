import { setTimeout as delay } from 'node:timers/promises';

/** What is left until a deadline may be less than nothing; a timer that is told so warns (Node 24). */
const atLeastNone = (ms: number): number => Math.max(0, ms);

/** Rejects with `late()` when `work` has not settled after `ms`. */
export async function within<T>(work: Promise<T>, ms: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(late());
    }, atLeastNone(ms));
  });
  try {
    return await Promise.race([work, bound]);
  } finally {
    clearTimeout(timer);
  }
}

/** Settles after `ms`, or at once when the signal is aborted. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(atLeastNone(ms), undefined, signal === undefined ? {} : { signal }).catch(
    () => undefined,
  );
}

/** Settles when all of `work` has, or after `ms`, whichever comes first. */
export async function settledWithin(work: Iterable<Promise<unknown>>, ms: number): Promise<void> {
  const stop = new AbortController();
  await Promise.race([Promise.allSettled(work), pause(ms, stop.signal)]);
  stop.abort();
}
