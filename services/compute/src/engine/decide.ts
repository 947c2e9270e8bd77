import { eventOf } from '@metalcast/contracts';
import type { TurnTarget } from '@metalcast/db/compute';
import { Fault, type FaultRecord } from '@metalcast/domain';
import type { Logger } from '@metalcast/log';
import { conditionOf } from './waits/conditions.js';
import { undosOf, type Plan, type Verdict } from './plan.js';
import { done, failed, type Outcome } from './outcome.js';
import type { Await, Step } from './step.js';
import type { Turn } from './turn.js';
import type { Waiter } from './waits/waiting.js';

/** What follows a turn: another turn of this or of a following operation, or nothing. */
export type Next = TurnTarget | 'rest';

/** Whether the operation continues in the same turn, or waits. */
export type Going = 'on' | 'rest';

interface Deciding {
  readonly turn: Turn;
  readonly plan: Plan;
  readonly waiter: Waiter;
  readonly logger: Logger;
}

/** A sweep finds an operation whose process died between two turns after this time. */
const betweenTurnsMs = 2000;

/** Begins the present step, or checks whether what it waits for has happened. Changes only the turn. */
export async function decide(deciding: Deciding): Promise<Going> {
  const { turn, plan } = deciding;
  const { operation } = turn;
  const list = operation.undoing
    ? undosOf(plan, operation.undoFrom)
    : plan.stages.map(({ step }) => step);
  const step = list.find(({ name }) => name === operation.step);
  if (step === undefined) {
    throw new Error(`operation ${operation.id} is at an unknown step ${operation.step}`);
  }
  const outcome = await beginOrLook(deciding, step);
  switch (outcome.kind) {
    case 'waiting':
      return 'rest';
    case 'done':
      return stepDone(deciding, list, step);
    case 'failed':
      return stepFailed(deciding, step, outcome.fault);
  }
}

/** If the step throws a fault, only its begin is stored; everything else that it did in this turn is undone. */
async function beginOrLook(deciding: Deciding, step: Step): Promise<Outcome> {
  const { turn } = deciding;
  const begins = turn.operation.begunAt === null;
  if (begins && step.skip?.(turn) === true) {
    return done;
  }
  if (begins) {
    noteBegun(deciding, step);
  }
  const takeBack = turn.mark();
  try {
    if (begins) {
      await step.begin?.(turn);
    }
    const { awaits } = step;
    return awaits === undefined ? done : await look(deciding, { ...step, awaits }, begins);
  } catch (error) {
    if (!(error instanceof Fault)) {
      throw error;
    }
    await takeBack();
    return failed(error.toRecord(step.name));
  }
}

/** Checks whether what the step waits for has happened, and does what follows at once. */
async function look(
  { turn, waiter }: Deciding,
  step: Step & { readonly awaits: Await },
  begun: boolean,
): Promise<Outcome> {
  const { awaits } = step;
  const outcome = awaits.isMoot?.(turn) === true ? done : conditionOf(awaits.condition).judge(turn);
  switch (outcome.kind) {
    case 'waiting':
      return waiter.wait(turn, step, { outcome, begun });
    case 'failed':
      return awaits.onFailed?.(turn, outcome.fault) ?? outcome;
    case 'done':
      await awaits.onMet?.(turn);
      return done;
  }
}

function noteBegun({ turn, logger }: Deciding, step: Step): void {
  const { operation, node, request } = turn;
  turn.noteBegun(step.awaits?.condition ?? null);
  if (operation.instanceUuid !== null) {
    turn.out.emit(
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
  logger.info(
    { operationId: operation.id, kind: operation.kind, step: step.name, node: node?.uuid },
    operation.undoing ? 'undo step' : 'step',
  );
}

async function stepDone(deciding: Deciding, list: readonly Step[], step: Step): Promise<Going> {
  const { turn, plan } = deciding;
  turn.noteEnded('Success');
  const following = list[list.indexOf(step) + 1];
  if (following !== undefined) {
    return goTo(turn, following);
  }
  return turn.operation.undoing
    ? applyDecision(deciding, await undone(plan, turn))
    : endOperation(deciding, 'succeed');
}

async function stepFailed(deciding: Deciding, step: Step, fault: FaultRecord): Promise<Going> {
  const { turn, plan } = deciding;
  const { undoing, stepAttempt } = turn.operation;
  const mayTryAgain = undoing || (plan.triesAgain?.(turn) ?? true);
  const hasTries = stepAttempt < (step.awaits?.tries ?? 1);
  if (fault.retryable === 'same-node' && mayTryAgain && hasTries) {
    noteFailed(deciding, fault);
    return goTo(turn, step, stepAttempt + 1);
  }
  return failStep(deciding, fault);
}

/** Ends the present step as failed, after its last try. */
export async function failStep(deciding: Deciding, fault: FaultRecord): Promise<Going> {
  const { turn, plan } = deciding;
  noteFailed(deciding, fault);
  if (turn.operation.undoing) {
    await plan.undoFailed?.(turn, fault);
    return applyDecision(deciding, await undone(plan, turn));
  }
  turn.save({ fault: { ...fault } });
  return applyDecision(deciding, await plan.failed(turn, fault));
}

function noteFailed({ turn, logger }: Deciding, fault: FaultRecord): void {
  const { id: operationId, step } = turn.operation;
  turn.noteEnded('Error', fault);
  logger.warn({ operationId, step, fault }, 'step failed');
}

const undone = (plan: Plan, turn: Turn): Verdict | Promise<Verdict> =>
  plan.undone?.(turn) ?? { next: 'end' };

async function applyDecision(deciding: Deciding, verdict: Verdict): Promise<Going> {
  const { turn, plan } = deciding;
  switch (verdict.next) {
    case 'end':
      return endOperation(deciding, 'fail');
    case 'undo': {
      const undoFrom = turn.operation.step;
      turn.save({ undoing: true, undoFrom });
      const [first] = undosOf(plan, undoFrom);
      return first === undefined
        ? applyDecision(deciding, await undone(plan, turn))
        : goTo(turn, first);
    }
    case 'restart': {
      turn.save({ undoing: false, undoFrom: null });
      const [first] = plan.stages;
      if (first === undefined) {
        throw new Error('a plan without steps');
      }
      goTo(turn, first.step);
      if (verdict.afterMs === undefined) {
        return 'on';
      }
      turn.moveOperation('wait', { awaiting: 'pause', deadlineAt: turn.in(verdict.afterMs) });
      return 'rest';
    }
  }
}

function goTo(turn: Turn, step: Step, stepAttempt = 1): Going {
  turn.moveOperation('goOn', {
    step: step.name,
    stepAttempt,
    awaiting: null,
    awaitingKey: null,
    begunAt: null,
    deadlineAt: turn.in(betweenTurnsMs),
  });
  return 'on';
}

/** Ends the operation and, in the same transaction, starts the one queued behind it. */
export function endOperation(
  { turn, logger }: Deciding,
  event: 'succeed' | 'fail' | 'cancel',
): Going {
  const { id: operationId, kind, instanceUuid } = turn.operation;
  turn.noteEnded(event === 'succeed' ? 'Success' : 'Error');
  turn.moveOperation(event, {
    awaiting: null,
    awaitingKey: null,
    begunAt: null,
    deadlineAt: null,
    finishedAt: turn.now,
  });
  logger.info({ operationId, kind, state: turn.operation.state }, 'operation ended');
  if (instanceUuid !== null) {
    turn.startQueued(instanceUuid, turn.in(betweenTurnsMs));
  }
  return 'rest';
}
