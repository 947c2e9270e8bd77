import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits before a BMC is asked again, because BMCs report nothing by themselves. Rejects with the signal's reason when
 * aborted.
 */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {
    signal.throwIfAborted();
  });
}

/** The pauses of a poll: 100, 200, 400, … ms, at most 2 s. */
export const nextPause = (attempt: number): number => Math.min(100 * 2 ** attempt, 2000);
