import type { FaultRecord } from '@metalcast/domain';
import type { Step } from './step.js';
import type { Turn } from './turn.js';

/** What follows a failure. */
export type Verdict =
  /** Undo everything that was begun, then call `undone`. */
  | { readonly next: 'undo' }
  /** Start again at the first step, after `afterMs` if given. */
  | { readonly next: 'restart'; readonly afterMs?: number }
  /** The operation has failed. */
  | { readonly next: 'end' };

/** A step with its undo. Names are unique among the steps of a plan, and among its undos. */
export interface Stage {
  readonly step: Step;
  readonly undo: Step | 'nothing';
}

/** The declaration of an operation kind: its steps, their undos, and what follows its ends. */
export interface Plan {
  readonly stages: readonly Stage[];
  /** Runs before all undos. */
  readonly revoke?: Step;
  /** Whether a step may be tried again on the same node. Absent: it may. */
  triesAgain?(turn: Turn): boolean;
  /** A step failed after its last try. */
  failed(turn: Turn, fault: FaultRecord): Verdict | Promise<Verdict>;
  /** The operation is cancelled: a delete takes over what it holds. */
  cancelled?(turn: Turn): void | Promise<void>;
  /** An undo failed after its last try. This handles what the operation holds; the other undos are skipped. */
  undoFailed?(turn: Turn, fault: FaultRecord): void | Promise<void>;
  /** Everything that was begun is undone. Needed where `failed` may return `undo`. */
  undone?(turn: Turn): Verdict | Promise<Verdict>;
}

/** Steps of an operation that never undoes: a failed step is tried again. */
export const forwardOnly = (...steps: readonly Step[]): Stage[] =>
  steps.map((step) => ({ step, undo: 'nothing' }));

/** The undos, in order, of all that can have been begun when the operation failed at `undoFrom` (null: anywhere). */
export function undosOf({ stages, revoke }: Plan, undoFrom: string | null): Step[] {
  const failedAt = stages.findIndex(({ step }) => step.name === undoFrom);
  const begun = failedAt === -1 ? stages : stages.slice(0, failedAt + 1);
  const undos = begun.toReversed().flatMap(({ undo }) => (undo === 'nothing' ? [] : [undo]));
  return revoke === undefined ? undos : [revoke, ...undos];
}
