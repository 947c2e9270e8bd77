import { eventOf } from '@metalcast/contracts';
import { isDatabaseAway, lockForTurn, type Database, type Tx } from '@metalcast/db';
import { Fault, type FaultRecord } from '@metalcast/domain';
import type { ComputeConfig } from '../config.js';
import { openTurn } from './open-turn.js';
import { closeStep, save, toJson } from './operation-rows.js';
import type { Plan, Verdict } from './plan.js';
import type { Outcome, Step, Turn } from './step.js';
import { SingleFlight } from './single-flight.js';
import { isBeyondHope, noteSurprise, unexpected } from './surprise.js';
import { isAfter } from './times.js';
import { Waiter, type WaiterOptions } from './waiting.js';

/** What a turn leaves to do: another turn of this or of a following operation, or nothing. */
type Next = { readonly operationId: string } | 'rest';

/** An operation that can be moved on, locked, with its plan. */
interface Opened {
  readonly turn: Turn;
  readonly plan: Plan;
}

export interface EngineOptions extends WaiterOptions {
  readonly config: ComputeConfig;
}

/** How soon a sweep finds an operation whose process died between two steps. */
const betweenStepsMs = 2000;

const ended = ['succeeded', 'failed', 'cancelled'];

/**
 * Moves operations on. Each turn is one transaction that holds the operation's row: any number of processes
 * may wake the same operation at any time, and a process that dies leaves the operation as it was before its turn. In one
 * process an operation has one run at a time, so that wake-ups do not queue for the row, each with a connection.
 */
export class Engine {
  /** What it can move on; an operation of another release is left to that. */
  readonly known: readonly { readonly kind: string; readonly plan: number }[];

  private readonly waiter: Waiter;
  private readonly flights = new SingleFlight((id) => this.run(id));

  constructor(
    private readonly database: Database,
    private readonly plans: Readonly<Record<string, Plan>>,
    private readonly options: EngineOptions,
  ) {
    this.waiter = new Waiter(options);
    this.known = Object.entries(plans).map(([kind, { version: plan }]) => ({ kind, plan }));
  }

  /** Does all that can be done now for the operation, and for the one that was queued behind it. Repeatable. */
  advance(operationId: string): Promise<void> {
    return this.flights.run(operationId);
  }

  private async run(operationId: string): Promise<void> {
    let next: Next = { operationId };
    while (next !== 'rest') {
      const { operationId: id }: { operationId: string } = next;
      next = await this.database
        .transaction((tx) => this.turn(tx, id))
        .catch((error: unknown) => this.surprised(id, error));
    }
  }

  private async turn(tx: Tx, operationId: string): Promise<Next> {
    const opened = await this.open(tx, operationId);
    if (opened === undefined) {
      return 'rest';
    }
    const { turn, plan } = opened;
    const { operation } = turn;
    if (operation.cancelRequested && operation.kind === 'build') {
      await plan.cancelled?.(turn);
      return this.end(turn, 'cancelled');
    }
    const paused = operation.awaiting === 'pause' && isAfter(operation.deadlineAt, turn.now);
    return paused ? 'rest' : this.runStep(turn, plan);
  }

  /** Locks what there is to do for the operation; undefined: nothing, or nothing that this release knows. */
  private async open(tx: Tx, operationId: string): Promise<Opened | undefined> {
    const now = await lockForTurn(tx.sql, operationId);
    const operation = await tx.sql.operation.findUnique({ where: { id: operationId } });
    if (operation === null || operation.state === 'queued' || ended.includes(operation.state)) {
      return undefined;
    }
    const plan = this.plans[operation.kind];
    if (plan?.version !== operation.plan) {
      this.options.logger.info({ operationId, kind: operation.kind }, 'a plan for another release');
      return undefined;
    }
    return { turn: await openTurn(tx, { operation, now, config: this.options.config }), plan };
  }

  /**
   * A turn threw what no step foresaw. It may pass, so the turn is made again after growing pauses; what does
   * not pass is in the end a failure like any other. The throw is handed on for the log, until it is one.
   */
  private async surprised(operationId: string, error: unknown): Promise<Next> {
    if (isDatabaseAway(error)) {
      throw error;
    }
    await this.database.transaction(async (tx) => {
      const opened = await this.open(tx, operationId);
      await (opened === undefined ? undefined : noteSurprise(opened.turn));
    });
    const next = await this.database.transaction(async (tx) => {
      const opened = await this.open(tx, operationId);
      return opened === undefined || !(await isBeyondHope(opened.turn))
        ? undefined
        : this.giveStepUp(opened, unexpected(opened.turn));
    });
    if (next === undefined) {
      throw error;
    }
    this.options.logger.error({ err: error, operationId }, 'unexpected error, not tried again');
    return next;
  }

  private async runStep(turn: Turn, plan: Plan): Promise<Next> {
    const { operation } = turn;
    const list = operation.undoing ? plan.undo : plan.steps;
    const step = list.find(({ name }) => name === operation.step);
    if (step === undefined) {
      throw new Error(`operation ${operation.id} is at an unknown step ${operation.step}`);
    }
    try {
      const outcome = await this.beginOrCheck(turn, step);
      switch (outcome.kind) {
        case 'waiting':
          return 'rest';
        case 'done':
          return await this.stepDone(turn, plan, list, step);
        case 'failed':
          return await this.stepFailed(turn, plan, step, outcome.fault);
      }
    } catch (error) {
      if (error instanceof Fault) {
        return this.stepFailed(turn, plan, step, error.toRecord(step.name));
      }
      throw error;
    }
  }

  private async beginOrCheck(turn: Turn, step: Step): Promise<Outcome> {
    const { sql, operation } = turn;
    const open = await sql.operationStep.findFirst({
      where: { operationId: operation.id, finishedAt: null },
      orderBy: { id: 'desc' },
    });
    if (open === null) {
      await this.begin(turn, step);
    } else {
      turn.startedAt = open.startedAt;
    }
    const outcome = (await step.check?.(turn)) ?? { kind: 'done' };
    return outcome.kind === 'waiting'
      ? this.waiter.wait(turn, step, { outcome, begun: open === null })
      : outcome;
  }

  private async begin(turn: Turn, step: Step): Promise<void> {
    const { sql, out, operation, node, request } = turn;
    await sql.operationStep.create({
      data: {
        operationId: operation.id,
        step: step.name,
        attempt: operation.stepAttempt,
        undo: operation.undoing,
        node: node?.uuid ?? null,
        startedAt: turn.now,
      },
    });
    await save(turn, { awaiting: step.awaits ?? null });
    if (operation.instanceUuid !== null) {
      out.emit(
        eventOf(
          'instanceStep',
          { subject: operation.instanceUuid, requestId: request.requestId },
          {
            operation: operation.id,
            kind: operation.kind,
            step: operation.undoing ? `undo:${step.name}` : step.name,
            attempt: operation.attempt,
            node: node?.uuid ?? null,
          },
        ),
      );
    }
    this.options.logger.info(
      { operationId: operation.id, kind: operation.kind, step: step.name, node: node?.uuid },
      operation.undoing ? 'undo step' : 'step',
    );
    await step.begin?.(turn);
  }

  private async stepDone(turn: Turn, plan: Plan, list: readonly Step[], step: Step): Promise<Next> {
    await closeStep(turn, 'Success');
    const following = list[list.indexOf(step) + 1];
    if (following !== undefined) {
      return this.goTo(turn, following);
    }
    return turn.operation.undoing
      ? this.obey(turn, plan, await plan.undone(turn))
      : this.end(turn, 'succeeded');
  }

  private async stepFailed(turn: Turn, plan: Plan, step: Step, fault: FaultRecord): Promise<Next> {
    const { operation } = turn;
    const mayTryAgain = operation.undoing || (plan.triesAgain?.(turn) ?? true);
    const hasTries = operation.stepAttempt < (step.tries ?? 1);
    if (fault.retryable === 'same-node' && mayTryAgain && hasTries) {
      await this.closeFailed(turn, fault);
      return this.goTo(turn, step, operation.stepAttempt + 1);
    }
    return this.giveStepUp({ turn, plan }, fault);
  }

  /** The present step has failed for good. */
  private async giveStepUp({ turn, plan }: Opened, fault: FaultRecord): Promise<Next> {
    await this.closeFailed(turn, fault);
    if (turn.operation.undoing) {
      await plan.undoFailed(turn, fault);
      return this.obey(turn, plan, await plan.undone(turn));
    }
    await save(turn, { fault: toJson(fault) });
    return this.obey(turn, plan, await plan.failed(turn, fault));
  }

  private async closeFailed(turn: Turn, fault: FaultRecord): Promise<void> {
    const { id: operationId, step } = turn.operation;
    await closeStep(turn, 'Error', fault);
    this.options.logger.warn({ operationId, step, fault }, 'step failed');
  }

  private async obey(turn: Turn, plan: Plan, verdict: Verdict): Promise<Next> {
    switch (verdict.next) {
      case 'end':
        return this.end(turn, verdict.state);
      case 'undo':
        await save(turn, { undoing: true });
        return this.goTo(turn, first(plan.undo));
      case 'restart': {
        await save(turn, { undoing: false });
        const next = await this.goTo(turn, first(plan.steps));
        if (verdict.afterMs === undefined) {
          return next;
        }
        const deadlineAt = new Date(turn.now.getTime() + verdict.afterMs);
        await save(turn, { state: 'waiting', awaiting: 'pause', deadlineAt });
        return 'rest';
      }
    }
  }

  private async goTo(turn: Turn, step: Step, stepAttempt = 1): Promise<Next> {
    const deadlineAt = new Date(turn.now.getTime() + betweenStepsMs);
    await save(turn, {
      step: step.name,
      stepAttempt,
      state: 'running',
      awaiting: null,
      deadlineAt,
    });
    return { operationId: turn.operation.id };
  }

  /** Ends the operation and, in the same transaction, lets the one queued behind it start. */
  private async end(turn: Turn, state: 'succeeded' | 'failed' | 'cancelled'): Promise<Next> {
    const { sql, operation, now } = turn;
    await closeStep(turn, state === 'succeeded' ? 'Success' : 'Error');
    await save(turn, { state, awaiting: null, deadlineAt: null, finishedAt: now });
    this.options.logger.info(
      { operationId: operation.id, kind: operation.kind, state },
      'operation ended',
    );
    if (operation.instanceUuid === null) {
      return 'rest';
    }
    const [queued] = await sql.operation.updateManyAndReturn({
      where: { instanceUuid: operation.instanceUuid, state: 'queued' },
      data: { state: 'running', deadlineAt: new Date(now.getTime() + betweenStepsMs) },
    });
    return queued === undefined ? 'rest' : { operationId: queued.id };
  }
}

function first(list: readonly Step[]): Step {
  const [step] = list;
  if (step === undefined) {
    throw new Error('an empty list of steps');
  }
  return step;
}
