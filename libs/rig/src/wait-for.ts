import { setTimeout as pause } from 'node:timers/promises';

export interface WaitOptions {
  readonly timeoutMs: number;
  /** What is waited for, as it reads after "waited 5000 ms for". */
  readonly what: string;
  /** Looks again after this long; default 50 ms. */
  readonly everyMs?: number;
}

type Falsy = undefined | null | false;

/**
 * Waits until `condition` gives something other than undefined, null or false, and returns it.
 * What it throws counts as "not yet"; the last of it is the cause of the error at the deadline.
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
