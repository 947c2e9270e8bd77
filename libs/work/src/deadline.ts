/** The time left until a deadline may be negative; a timer with a negative time prints a warning (Node 24). */
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
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, atLeastNone(ms));
    signal?.addEventListener('abort', end);
    if (signal?.aborted === true) end();
  });
}

/** Settles when all of `work` has, or after `ms`, whichever comes first. */
export async function settledWithin(work: Iterable<Promise<unknown>>, ms: number): Promise<void> {
  const stop = new AbortController();
  await Promise.race([Promise.allSettled(work), pause(ms, stop.signal)]);
  stop.abort();
}
