import type { FaultRecord } from '@metalcast/domain';
import type { ComputeConfig } from '../config.js';
import type { ConditionName } from './conditions.js';
import type { Outcome } from './outcome.js';
import type { Turn } from './turn.js';

/** What a step waits for when it is begun. */
export interface Await {
  readonly condition: ConditionName;
  /** How long it may wait without progress. */
  limitMs(config: ComputeConfig): number;
  /** Tries on the same node after a fault that may pass by itself. Default 1. */
  readonly tries?: number;
  /** It need not be waited for any more: the step is done. */
  isMoot?(turn: Turn): boolean;
  /** What becomes of a failure; absent: the step has failed. */
  onFailed?(turn: Turn, fault: FaultRecord): Outcome;
  /** What follows at once when it has come. */
  onMet?(turn: Turn): void | Promise<void>;
  /** Names the failure when the time limit has passed; `done` when the operation can go on all the same. */
  onOverdue?(turn: Turn): Outcome;
}

/**
 * One step of an operation. It has no effects but what the turn writes, so whoever is killed in the middle leaves nothing
 * behind.
 */
export interface Step {
  readonly name: string;
  /** There is nothing to do; asked of the rows that the turn holds. */
  skip?(turn: Turn): boolean;
  /**
   * Makes its effects; none, if it throws a fault. Run again when a message may have been lost: must be idempotent.
   * Absent: it only waits.
   */
  begin?(turn: Turn): void | Promise<void>;
  /** Absent: done when begun. */
  readonly awaits?: Await;
}
