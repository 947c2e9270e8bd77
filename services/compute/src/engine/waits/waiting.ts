import { lastSeenOf, serviceDownMs } from '@metalcast/db';
import { unsentCasts, type Unsent } from '@metalcast/db/compute';
import { binaries, Fault, type ServiceName } from '@metalcast/domain';
import type { Logger } from '@metalcast/log';
import { fairDeadline, type ClockJump } from '@metalcast/service';
import { conditionOf } from './conditions.js';
import { failed, type Outcome } from '../outcome.js';
import { heartbeatsOf, presenceIn, serviceLost, tellingFrom } from './presence.js';
import type { Await, Step } from '../step.js';
import { isAfter, later } from '../times.js';
import type { Turn } from '../turn.js';

/** A step that waits for a condition. */
type WaitingStep = Step & { readonly awaits: Await };

/** How a waiting step stands, by its condition. */
export interface Waiting {
  readonly outcome: Outcome & { readonly kind: 'waiting' };
  /** True when the step has begun in this very turn. */
  readonly begun: boolean;
}

export interface WaiterOptions {
  readonly logger: Logger;
  /** Whether a step may be judged overdue, by the database's clock: not after this process was away itself. */
  readonly canDeclareOverdue: (clock: Date) => boolean;
  /** The jumps of the database's clock: the time that it jumped over is no step's time. */
  readonly jumps: () => readonly ClockJump[];
}

/** Handles a step whose effect is missing: its message is sent again, the step is given up, or it keeps waiting. */
export class Waiter {
  constructor(private readonly options: WaiterOptions) {}

  /** Returns `waiting`, with the time of the next look set, or the step's own outcome when its time is up. */
  async wait(turn: Turn, step: WaitingStep, { outcome, begun }: Waiting): Promise<Outcome> {
    const isDue = !begun && !isAfter(turn.operation.deadlineAt, turn.now);
    const queue = this.queueOf(turn, step, outcome);
    const limit = await this.limit(turn, step, { outcome, queue, isDue });
    const isLate = !isAfter(limit, turn.now);
    const unsent = isDue || isLate ? await unsentBy(turn, step) : 'none';
    if (unsent === 'held') {
      this.waitForBroker(turn);
      return outcome;
    }
    if (isLate && this.options.canDeclareOverdue(turn.now)) {
      return this.late(turn, step, { outcome, queue, limit });
    }
    // A second copy behind one that waits in a queue would not help.
    if (isDue && unsent === 'none') {
      await this.sendAgain(turn, step, outcome);
    }
    const again = begun || isDue ? recastAt(turn, queue) : undefined;
    keepWaiting(turn, { limit: isLate ? undefined : limit, again });
    return outcome;
  }

  /** At the time limit of a queue whose service is alive, the fault is the queue's length. */
  private async late(
    turn: Turn,
    step: WaitingStep,
    {
      outcome,
      queue,
      limit,
    }: {
      readonly outcome: Waiting['outcome'];
      readonly queue: Queue | undefined;
      readonly limit: Date;
    },
  ): Promise<Outcome> {
    if (queue !== undefined && isAfter(await serviceLostAt(turn, queue), turn.now)) {
      return queuedTooLong(turn, queue);
    }
    const need = conditionOf(step.awaits.condition).needs?.(turn);
    if (need === undefined) {
      return overdue(turn, step);
    }
    const services = await heartbeatsOf(turn, need.service);
    const from = tellingFrom(this.options.jumps(), later(outcome.since, turn.startedAt));
    const span = { from, to: limit };
    switch (presenceIn(services, span, turn.now)) {
      case 'there':
        return overdue(turn, step);
      case 'unproven':
        turn.moveOperation('wait', { deadlineAt: turn.in(heartbeatLookMs) });
        return outcome;
      case 'away': {
        const own = overdue(turn, step);
        return own.kind === 'failed' ? failed(serviceLost(need, services, own.fault)) : own;
      }
    }
  }

  /**
   * When the step is late. Work in a queue is late when no service is left to do it, or at the time limit of the queue.
   */
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
    const limit = this.limitOf(turn, step, outcome);
    if (queue === undefined || (!isDue && isAfter(limit, turn.now))) {
      return limit;
    }
    const lost = later(await serviceLostAt(turn, queue), limit);
    return isAfter(lost, queue.end) ? queue.end : lost;
  }

  private queueOf(
    { startedAt, config }: Turn,
    { awaits: { condition } }: WaitingStep,
    { isStarted }: Waiting['outcome'],
  ): Queue | undefined {
    const { servedBy } = conditionOf(condition);
    return servedBy === undefined || isStarted === true
      ? undefined
      : { service: servedBy.service, end: this.after(startedAt, config.queueTimeoutMs) };
  }

  private limitOf(
    { config, startedAt }: Turn,
    { awaits }: WaitingStep,
    { since, limitMs, isStarted }: Waiting['outcome'],
  ): Date {
    const ownMs = limitMs ?? awaits.limitMs(config);
    const isQueued = conditionOf(awaits.condition).servedBy !== undefined && isStarted !== true;
    const ms = isQueued ? Math.min(ownMs, config.answerTimeoutMs) : ownMs;
    return this.after(later(since, startedAt), ms);
  }

  /** `from` plus `ms`; jumps of the database's clock since `from` do not count. */
  private after(from: Date, ms: number): Date {
    return fairDeadline(this.options.jumps(), new Date(from.getTime() + ms), from);
  }

  /** The broker is down and has not got the step's message yet: the step's time has not begun. */
  private waitForBroker(turn: Turn): void {
    const { id: operationId, step } = turn.operation;
    this.options.logger.warn({ operationId, step }, 'its message has not reached the broker yet');
    turn.save({ begunAt: turn.now, deadlineAt: recastAt(turn, undefined) });
  }

  private async sendAgain(
    turn: Turn,
    step: WaitingStep,
    { isReceived }: Waiting['outcome'],
  ): Promise<void> {
    if (step.begin !== undefined && isReceived !== true) {
      const { id: operationId } = turn.operation;
      this.options.logger.warn({ operationId, step: step.name }, 'no effect yet, sent again');
      await step.begin(turn);
    }
  }
}

/** The queue of work that no service has begun. */
interface Queue {
  readonly service: ServiceName;
  readonly end: Date;
}

/** The time at which no service is left for the work, if none is heard of until then. */
async function serviceLostAt({ sql, config }: Turn, { service }: Queue): Promise<Date> {
  const seen = await lastSeenOf(sql, binaries[service]);
  const graceMs = Math.max(serviceDownMs, config.answerTimeoutMs);
  return new Date((seen?.getTime() ?? 0) + (seen === undefined ? 0 : graceMs));
}

/** The next look at a service whose heartbeat is awaited. */
const heartbeatLookMs = 1000;

/** The longest pause between two copies of a message, unless recast_ms is longer. */
const longestRecastMs = 60_000;

/** Queued work is sent again less and less often, because each copy makes the queue longer. */
function recastAt({ now, startedAt, config }: Turn, queue: Queue | undefined): Date {
  const waitedMs = queue === undefined ? 0 : now.getTime() - startedAt.getTime();
  const pauseMs = Math.max(config.recastMs, Math.min(waitedMs, longestRecastMs));
  return new Date(now.getTime() + pauseMs);
}

/** Sets the time of the next look: at the latest the time limit. */
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

function queuedTooLong(turn: Turn, { service }: Queue): Outcome {
  const waitedS = Math.round((turn.now.getTime() - turn.startedAt.getTime()) / 1000);
  const work = subjectOf(turn).replace(/^./, (letter) => letter.toUpperCase());
  const fault = new Fault('QUEUE_TIMEOUT', { service, work, waitedS });
  return failed(fault.toRecord(turn.operation.step));
}

/** What the operation works on, for its faults. */
const subjectOf = ({ node, instance, operation }: Turn): string =>
  node === undefined ? `server ${instance?.uuid ?? operation.id}` : `node ${node.uuid}`;

/** The unsent casts in the outbox about the operation's node or instance, if the step sends any. */
async function unsentBy({ sql, node, instance }: Turn, step: WaitingStep): Promise<Unsent> {
  const about = [node?.uuid, instance?.uuid].filter((uuid) => uuid !== undefined);
  return step.begin === undefined ? 'none' : unsentCasts(sql, about);
}

/** The step's own outcome. If the step names no failure, the other side did not begin the work. */
function overdue(turn: Turn, step: WaitingStep): Outcome {
  const own = step.awaits.onOverdue?.(turn);
  if (own !== undefined) {
    return own;
  }
  const { servedBy } = conditionOf(step.awaits.condition);
  if (servedBy === undefined) {
    throw new Error(`step ${step.name} does not say what follows its time limit`);
  }
  const work = `${servedBy.work} of ${subjectOf(turn)}`;
  return failed(new Fault('SERVICE_LOST', { ...servedBy, work }).toRecord(step.name));
}
