import type { FaultRecord } from '@metalcast/domain';
import type { Step } from './step.js';
import type { Turn } from './turn.js';

/** What follows a failure. */
export type Verdict =
  /** Walk back over what was begun, then ask `undone`. */
  | { readonly next: 'undo' }
  /** Go on at the first step; `afterMs` later if given. */
  | { readonly next: 'restart'; readonly afterMs?: number }
  /** The operation has failed. */
  | { readonly next: 'end' };

/** A step with what takes it back. Names are unique among the steps of a plan, and among its undos. */
export interface Stage {
  readonly step: Step;
  readonly undo: Step | 'nothing';
}

/** An operation kind, declared: its steps, how each is undone, and what follows its ends. */
export interface Plan {
  readonly stages: readonly Stage[];
  /** Goes before all undos. */
  readonly revoke?: Step;
  /** Whether a step may be tried again on the same node. Absent: it may. */
  triesAgain?(turn: Turn): boolean;
  /** A step failed for good. */
  failed(turn: Turn, fault: FaultRecord): Verdict | Promise<Verdict>;
  /** It is called off: a delete takes over what it holds. */
  cancelled?(turn: Turn): void | Promise<void>;
  /** An undo failed for good; what the operation holds is dealt with here, and the other undos are left out. */
  undoFailed?(turn: Turn, fault: FaultRecord): void | Promise<void>;
  /** All that was begun is undone. Needed where `failed` may say `undo`. */
  undone?(turn: Turn): Verdict | Promise<Verdict>;
}

/** Steps of an operation that only goes on: what it could not do is tried again, not taken back. */
export const forwardOnly = (...steps: readonly Step[]): Stage[] =>
  steps.map((step) => ({ step, undo: 'nothing' }));

/** What takes back all that can have been begun when the operation failed at `undoFrom` (null: anywhere), in order. */
export function undosOf({ stages, revoke }: Plan, undoFrom: string | null): Step[] {
  const failedAt = stages.findIndex(({ step }) => step.name === undoFrom);
  const begun = failedAt === -1 ? stages : stages.slice(0, failedAt + 1);
  const undos = begun.toReversed().flatMap(({ undo }) => (undo === 'nothing' ? [] : [undo]));
  return revoke === undefined ? undos : [revoke, ...undos];
}
