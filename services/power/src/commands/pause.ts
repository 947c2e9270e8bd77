import { setTimeout as delay } from 'node:timers/promises';
import { backoff } from '@metalcast/work';

/**
 * Waits before a BMC is asked again, because BMCs report nothing by themselves. Rejects with the signal's reason when
 * aborted.
 */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {
    signal.throwIfAborted();
  });
}

/** 100, 200, 400, … ms, at most 2 s: the next pause of a poll. */
export const nextPause = (attempt: number): number =>
  backoff(attempt + 1, { shortestMs: 100, longestMs: 2000 });
