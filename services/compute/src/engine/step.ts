import type { FaultRecord } from '@metalcast/domain';
import type { ComputeConfig } from '../config.js';
import type { ConditionName } from './waits/conditions.js';
import type { Outcome } from './outcome.js';
import type { Turn } from './turn.js';

/** What a step waits for when it is begun. */
export interface Await {
  readonly condition: ConditionName;
  /** How long it may wait without progress. */
  limitMs(config: ComputeConfig): number;
  /** Tries on the same node after a fault that may pass by itself. Default 1. */
  readonly tries?: number;
  /** True when it need not happen any more: the step is done. */
  isMoot?(turn: Turn): boolean;
  /** Decides what follows a failure; absent: the step has failed. */
  onFailed?(turn: Turn, fault: FaultRecord): Outcome;
  /** Runs at once when it has happened. */
  onMet?(turn: Turn): void | Promise<void>;
  /** Names the failure when the time limit has passed; returns `done` when the operation can continue all the same. */
  onOverdue?(turn: Turn): Outcome;
}

/**
 * One step of an operation. Its only effects are the writes of the turn, so that a process that is killed in the middle
 * leaves nothing behind.
 */
export interface Step {
  readonly name: string;
  /** True when there is nothing to do, by the rows of the turn. */
  skip?(turn: Turn): boolean;
  /**
   * Makes the step's effects; none, if it throws a fault. Called again when a message may be lost: must be idempotent.
   * Absent: the step only waits.
   */
  begin?(turn: Turn): void | Promise<void>;
  /** Absent: the step is done when it has begun. */
  readonly awaits?: Await;
}
