import { unsentCasts, type Unsent } from '@metalcast/db';
import { Fault } from '@metalcast/domain';
import type { Logger } from '@metalcast/log';
import { save, startAnew } from './operation-rows.js';
import { failed, type Outcome, type Step, type Turn } from './step.js';
import { isAfter, later } from './times.js';

/** A step that waits, as its check has found it. */
export interface Waiting {
  readonly outcome: Outcome & { readonly kind: 'waiting' };
  /** In this very turn. */
  readonly begun: boolean;
}

export interface WaiterOptions {
  readonly logger: Logger;
  /** Whether a step may be called overdue: not by who was away itself. */
  readonly mayJudge: () => boolean;
}

/** What is done about a step whose effect has not come: it is sent again, given up, or left its time. */
export class Waiter {
  constructor(private readonly options: WaiterOptions) {}

  /** `waiting`, with the time to look next set; or what the step says when its time is up. */
  async wait(turn: Turn, step: Step, { outcome, begun }: Waiting): Promise<Outcome> {
    const limit = limitOf(turn, step, outcome);
    const isDue = !begun && !isAfter(turn.operation.deadlineAt, turn.now);
    const isLate = !isAfter(limit, turn.now);
    const unsent = isDue || isLate ? await unsentBy(turn, step) : 'none';
    if (unsent === 'held') {
      await this.holdStill(turn);
      return outcome;
    }
    if (isLate && this.options.mayJudge()) {
      return overdue(turn, step);
    }
    // A second copy behind one that waits for a queue would help nobody.
    if (isDue && unsent === 'none') {
      await this.sendAgain(turn, step);
    }
    await keepWaiting(turn, { limit: isLate ? undefined : limit, lookAgain: begun || isDue });
    return outcome;
  }

  /** The broker is away and has what the step sent still before it: its time has not begun. */
  private async holdStill(turn: Turn): Promise<void> {
    const { id: operationId, step } = turn.operation;
    this.options.logger.warn({ operationId, step }, 'its message has not reached the broker yet');
    await startAnew(turn);
    await save(turn, { deadlineAt: recastAt(turn) });
  }

  private async sendAgain(turn: Turn, step: Step): Promise<void> {
    if (step.begin !== undefined) {
      const { id: operationId } = turn.operation;
      this.options.logger.warn({ operationId, step: step.name }, 'no effect yet, sent again');
      await step.begin(turn);
    }
  }
}

function limitOf(turn: Turn, step: Step, { since, limitMs }: Waiting['outcome']): Date {
  const from = later(since, turn.startedAt).getTime();
  return new Date(from + (limitMs ?? step.limitMs(turn.config)));
}

const recastAt = ({ now, config }: Turn): Date => new Date(now.getTime() + config.recastMs);

/** Sets when to look next: at the latest when the time is up. */
async function keepWaiting(
  turn: Turn,
  { limit, lookAgain }: { limit: Date | undefined; lookAgain: boolean },
): Promise<void> {
  if (lookAgain) {
    const again = recastAt(turn);
    const deadlineAt = limit !== undefined && isAfter(again, limit) ? limit : again;
    await save(turn, { state: 'waiting', deadlineAt });
  } else if (limit !== undefined && isAfter(turn.operation.deadlineAt, limit)) {
    await save(turn, { deadlineAt: limit });
  }
}

/** What waits in the outbox of the casts about what the operation works on, if the step sends any. */
async function unsentBy({ sql, node, instance }: Turn, step: Step): Promise<Unsent> {
  const about = [node?.uuid, instance?.uuid].filter((uuid) => uuid !== undefined);
  return step.begin === undefined ? 'none' : unsentCasts(sql, about);
}

/** What the step says; of one that names no failure of its own, the other side took nothing up. */
async function overdue(turn: Turn, step: Step): Promise<Outcome> {
  const work = `operation ${turn.operation.id}`;
  const lost = new Fault('SERVICE_LOST', { service: step.awaits ?? step.name, work });
  return (await step.overdue?.(turn)) ?? failed(lost.toRecord(step.name));
}
