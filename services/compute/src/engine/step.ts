import type { RequestContext } from '@metalcast/contracts';
import type { Instance, Node, Operation, Outgoing, Sql } from '@metalcast/db';
import type { FaultRecord } from '@metalcast/domain';
import type { ComputeConfig } from '../config.js';

/** One turn of an operation: its rows, locked, inside the transaction that the turn is. */
export interface Turn {
  readonly sql: Sql;
  readonly out: Outgoing;
  readonly config: ComputeConfig;
  readonly request: RequestContext;
  /** The database's clock. */
  readonly now: Date;
  operation: Operation;
  instance: Instance | undefined;
  /** The node that the operation works on. */
  node: Node | undefined;
  /** When the present try of the step began, or was last seen to wait for the broker. */
  startedAt: Date;
}

export type Outcome =
  | { readonly kind: 'done' }
  /** `since`: the last progress; the step's time limit counts from there. */
  | {
      readonly kind: 'waiting';
      readonly since?: Date;
      readonly limitMs?: number;
      /** The service has taken it up: it no longer waits for its turn. */
      readonly inHand?: boolean;
    }
  | { readonly kind: 'failed'; readonly fault: FaultRecord };

export const done: Outcome = { kind: 'done' };
export const waiting: Outcome = { kind: 'waiting' };
export const failed = (fault: FaultRecord): Outcome => ({ kind: 'failed', fault });

/**
 * One step of an operation. It has no effects but rows and messages of the turn's transaction, so whoever
 * is killed in the middle leaves nothing behind.
 */
export interface Step {
  readonly name: string;
  /** What it waits for, for people. */
  readonly awaits?: string;
  /** Types of events that may end the waiting. They carry no news that the rows lack. Any other event wakes nobody. */
  readonly wokenBy?: readonly string[];
  /**
   * Binary of the service that does the work. While one lives, work that is not in hand waits for its turn, up to
   * `queueTimeoutMs`, and is not late.
   */
  readonly servedBy?: string;
  /** How long it may wait without progress. */
  limitMs(config: ComputeConfig): number;
  /** Tries on the same node after a fault that may pass by itself. Default 1. */
  readonly tries?: number;
  /** Makes its effects. Run again when a message may have been lost: must be repeatable. Absent: it only waits. */
  begin?(turn: Turn): Promise<void>;
  /** Looks at rows whether what it waits for has come. Absent: done when begun. */
  check?(turn: Turn): Promise<Outcome>;
  /** Names the failure when the time limit has passed; `done` when the operation can go on all the same. */
  overdue?(turn: Turn): Promise<Outcome>;
}
