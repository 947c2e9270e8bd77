import { lastSeenOf, serviceDownMs } from '@metalcast/db';
import { unsentCasts, type Unsent } from '@metalcast/db/compute';
import { Fault } from '@metalcast/domain';
import type { Logger } from '@metalcast/log';
import { conditionOf } from './conditions.js';
import { failed, type Outcome } from './outcome.js';
import type { Await, Step } from './step.js';
import { isAfter, later } from './times.js';
import type { Turn } from './turn.js';

/** A step that has something to wait for. */
type WaitingStep = Step & { readonly awaits: Await };

/** A step that waits, as its condition says. */
export interface Waiting {
  readonly outcome: Outcome & { readonly kind: 'waiting' };
  /** In this very turn. */
  readonly begun: boolean;
}

export interface WaiterOptions {
  readonly logger: Logger;
  /** Whether a step may be called overdue, by the database's clock: not by who was away itself. */
  readonly mayJudge: (clock: Date) => boolean;
}

/** What is done about a step whose effect has not come: it is sent again, given up, or left its time. */
export class Waiter {
  constructor(private readonly options: WaiterOptions) {}

  /** `waiting`, with the time to look next set; or what the step says when its time is up. */
  async wait(turn: Turn, step: WaitingStep, { outcome, begun }: Waiting): Promise<Outcome> {
    const isDue = !begun && !isAfter(turn.operation.deadlineAt, turn.now);
    const queue = queueOf(turn, step, outcome);
    const limit = await this.limit(turn, step, { outcome, queue, isDue });
    const isLate = !isAfter(limit, turn.now);
    const unsent = isDue || isLate ? await unsentBy(turn, step) : 'none';
    if (unsent === 'held') {
      this.holdStill(turn);
      return outcome;
    }
    if (isLate && this.options.mayJudge(turn.now)) {
      return this.late(turn, step, queue);
    }
    // A second copy behind one that waits for a queue would help nobody.
    if (isDue && unsent === 'none') {
      await this.sendAgain(turn, step, outcome);
    }
    const again = begun || isDue ? recastAt(turn, queue) : undefined;
    keepWaiting(turn, { limit: isLate ? undefined : limit, again });
    return outcome;
  }

  /** At the end of the queue of a service that lives it is the queue that was too long. */
  private async late(turn: Turn, step: WaitingStep, queue: Queue | undefined): Promise<Outcome> {
    return queue !== undefined && isAfter(await lostAt(turn, queue), turn.now)
      ? queuedTooLong(turn, step)
      : overdue(turn, step);
  }

  /** When the step is late. Work that waits for its turn is so when nobody is left to take it up, or at the queue's end. */
  private async limit(
    turn: Turn,
    step: WaitingStep,
    {
      outcome,
      queue,
      isDue,
    }: {
      readonly outcome: Waiting['outcome'];
      readonly queue: Queue | undefined;
      readonly isDue: boolean;
    },
  ): Promise<Date> {
    const limit = limitOf(turn, step, outcome);
    if (queue === undefined || (!isDue && isAfter(limit, turn.now))) {
      return limit;
    }
    const lost = later(await lostAt(turn, queue), limit);
    return isAfter(lost, queue.end) ? queue.end : lost;
  }

  /** The broker is away and has what the step sent still before it: its time has not begun. */
  private holdStill(turn: Turn): void {
    const { id: operationId, step } = turn.operation;
    this.options.logger.warn({ operationId, step }, 'its message has not reached the broker yet');
    turn.save({ begunAt: turn.now, deadlineAt: recastAt(turn, undefined) });
  }

  private async sendAgain(
    turn: Turn,
    step: WaitingStep,
    { received }: Waiting['outcome'],
  ): Promise<void> {
    if (step.begin !== undefined && received !== true) {
      const { id: operationId } = turn.operation;
      this.options.logger.warn({ operationId, step: step.name }, 'no effect yet, sent again');
      await step.begin(turn);
    }
  }
}

/** The line in which work stands that no one has in hand. */
interface Queue {
  readonly service: string;
  readonly end: Date;
}

function queueOf(
  { startedAt, config }: Turn,
  { awaits: { condition } }: WaitingStep,
  { inHand }: Waiting['outcome'],
): Queue | undefined {
  const { servedBy: service } = conditionOf(condition);
  return service === undefined || inHand === true
    ? undefined
    : { service, end: new Date(startedAt.getTime() + config.queueTimeoutMs) };
}

/** From when on nobody is left who could take the work up, if no service of the kind is heard of until then. */
async function lostAt({ sql, config }: Turn, { service }: Queue): Promise<Date> {
  const seen = await lastSeenOf(sql, service);
  const graceMs = Math.max(serviceDownMs, config.answerTimeoutMs);
  return new Date((seen?.getTime() ?? 0) + (seen === undefined ? 0 : graceMs));
}

function limitOf(
  turn: Turn,
  { awaits }: WaitingStep,
  { since, limitMs, inHand }: Waiting['outcome'],
): Date {
  const from = later(since, turn.startedAt).getTime();
  const ownMs = limitMs ?? awaits.limitMs(turn.config);
  const isQueued = conditionOf(awaits.condition).servedBy !== undefined && inHand !== true;
  return new Date(from + (isQueued ? Math.min(ownMs, turn.config.answerTimeoutMs) : ownMs));
}

/** The longest pause between two copies of a message, if recast_ms is not longer. */
const longestRecastMs = 60_000;

/** What stands in a line is sent again ever more rarely: each copy makes the line longer. */
function recastAt({ now, startedAt, config }: Turn, queue: Queue | undefined): Date {
  const waitedMs = queue === undefined ? 0 : now.getTime() - startedAt.getTime();
  const pauseMs = Math.max(config.recastMs, Math.min(waitedMs, longestRecastMs));
  return new Date(now.getTime() + pauseMs);
}

/** Sets when to look next: at the latest when the time is up. */
function keepWaiting(
  turn: Turn,
  { limit, again }: { readonly limit: Date | undefined; readonly again: Date | undefined },
): void {
  if (again !== undefined) {
    const deadlineAt = limit !== undefined && isAfter(again, limit) ? limit : again;
    turn.moveOperation('wait', { deadlineAt });
  } else if (limit !== undefined && isAfter(turn.operation.deadlineAt, limit)) {
    turn.save({ deadlineAt: limit });
  }
}

function queuedTooLong(turn: Turn, step: WaitingStep): Outcome {
  const waitedS = Math.round((turn.now.getTime() - turn.startedAt.getTime()) / 1000);
  const work =
    turn.node === undefined ? `Operation ${turn.operation.id}` : `Node ${turn.node.uuid}`;
  const service = step.awaits.condition;
  return failed(new Fault('QUEUE_TIMEOUT', { service, work, waitedS }).toRecord(step.name));
}

/** What waits in the outbox of the casts about what the operation works on, if the step sends any. */
async function unsentBy({ sql, node, instance }: Turn, step: WaitingStep): Promise<Unsent> {
  const about = [node?.uuid, instance?.uuid].filter((uuid) => uuid !== undefined);
  return step.begin === undefined ? 'none' : unsentCasts(sql, about);
}

/** What the step says; of one that names no failure of its own, the other side took nothing up. */
function overdue(turn: Turn, step: WaitingStep): Outcome {
  const work = `operation ${turn.operation.id}`;
  const lost = new Fault('SERVICE_LOST', { service: step.awaits.condition, work });
  return step.awaits.onOverdue?.(turn) ?? failed(lost.toRecord(step.name));
}
