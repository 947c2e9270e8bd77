import { backoff } from '@metalcast/work';
import type { Verdict } from '../engine/plan.js';
import type { Turn } from '../engine/turn.js';

const longestMs = 3_600_000;

/**
 * The operation begins a new round after a pause, which grows with each round. The raised attempt changes the power
 * commands' keys, so earlier results are not taken for new ones.
 */
export function nextRound(turn: Turn): Verdict {
  const { operation, config } = turn;
  const afterMs = backoff(operation.attempt, { shortestMs: config.reclaimPauseMs, longestMs });
  turn.save({ attempt: operation.attempt + 1 });
  return { next: 'restart', afterMs };
}
