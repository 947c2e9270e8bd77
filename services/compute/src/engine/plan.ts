import type { FaultRecord } from '@metalcast/domain';
import type { Step, Turn } from './step.js';

/** What follows a failure. */
export type Verdict =
  /** Run the undo list, then ask `undone`. */
  | { readonly next: 'undo' }
  /** Go on in the present list at its first step; `afterMs` later if given. */
  | { readonly next: 'restart'; readonly afterMs?: number }
  | { readonly next: 'end'; readonly state: 'failed' | 'cancelled' };

/** An operation kind, declared: its steps, how it is undone, and what follows its ends. */
export interface Plan {
  /** Version of the lists: a process leaves alone an operation whose version it does not know. */
  readonly version: number;
  readonly steps: readonly Step[];
  readonly undo: readonly Step[];
  /** Whether a step of `steps` may be tried again on the same node. Absent: it may. */
  triesAgain?(turn: Turn): boolean;
  /** A step of `steps` failed for good. */
  failed(turn: Turn, fault: FaultRecord): Promise<Verdict>;
  /** It is called off: a delete takes over what it holds. */
  cancelled?(turn: Turn): Promise<void>;
  /** A step of `undo` failed for good; what it holds is dealt with here, and the rest of the list is left out. */
  undoFailed(turn: Turn, fault: FaultRecord): Promise<void>;
  /** The undo list has ended. */
  undone(turn: Turn): Promise<Verdict>;
}
