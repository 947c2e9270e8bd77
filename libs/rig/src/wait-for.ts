import { setTimeout as pause } from 'node:timers/promises';

export interface WaitOptions {
  readonly timeoutMs: number;
  /** The awaited condition, worded to follow "waited 5000 ms for". */
  readonly what: string;
  /** Interval between checks; default 50 ms. */
  readonly everyMs?: number;
}

type Falsy = undefined | null | false;

/**
 * Waits until `condition` returns a value other than undefined, null or false, and returns that value. Errors of
 * `condition` count as "not yet"; the last one is the cause of the timeout error.
 */
export async function waitFor<T>(
  condition: () => T | Falsy | Promise<T | Falsy>,
  { timeoutMs, what, everyMs = 50 }: WaitOptions,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value !== undefined && value !== null && value !== false) {
        return value;
      }
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() >= deadline) {
      throw new Error(`waited ${timeoutMs} ms for ${what}`, { cause });
    }
    await pause(everyMs);
  }
}
