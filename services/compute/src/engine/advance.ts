import { isDatabaseAway, type Database, type QuickTx } from '@metalcast/db';
import { readTurn, type TurnTarget } from '@metalcast/db/compute';
import { isUnderWay, operationRule, type OperationRule, ownValue } from '@metalcast/domain';
import type { ComputeConfig } from '../config.js';
import { decide, endOperation, failStep, type Going, type Next } from './decide.js';
import { LocalPauses, OperationPaused } from './failures/local-pauses.js';
import type { Plan } from './plan.js';
import { RunPerKey } from './run-per-key.js';
import {
  retriesExhausted,
  recordUnexpected,
  unexpected,
  type Streak,
} from './failures/unexpected-errors.js';
import { Turn } from './turn.js';
import { Waiter, type WaiterOptions } from './waits/waiting.js';

/** A turn with work to do, with its plan. */
interface Opened {
  readonly turn: Turn;
  readonly plan: Plan;
  readonly rule: OperationRule;
}

/** How far a turn has come: for the handling of its error. */
interface Reached {
  /** Set once there is a connection: a missing connection is no fault of the operation. */
  operationId?: string;
  steps: number;
  /** The turn has written messages. */
  announced: boolean;
}

export interface EngineOptions extends WaiterOptions {
  readonly config: ComputeConfig;
}

const isCalledOff = ({ turn, rule }: Opened): boolean =>
  turn.operation.cancelRequested && rule.cancel === 'handover';

/** Most steps of one turn: steps that need not wait are written together. */
const longestChain = 20;

/**
 * Moves operations on. Each turn is one transaction that locks the operation's row. Any number of processes may
 * therefore wake the same operation at any time, and a process that dies leaves the operation as it was before its
 * turn. In one process each operation has one run at a time, so that wake-ups do not wait for the row, each with a
 * connection.
 */
export class Engine {
  /** The plans that this process knows; operations of another release are left to that release. */
  readonly known: readonly { readonly kind: string; readonly plan: number }[];

  private readonly waiter: Waiter;
  private readonly pauses = new LocalPauses();
  private readonly runs = new RunPerKey<TurnTarget>(
    (target) => Object.entries(target).join(),
    (target) => this.run(target),
  );

  constructor(
    private readonly database: Database,
    private readonly plans: Readonly<Record<string, Plan>>,
    private readonly options: EngineOptions,
  ) {
    this.waiter = new Waiter(options);
    this.known = Object.keys(plans).flatMap((kind) => {
      const rule = operationRule(kind);
      return rule === undefined ? [] : [{ kind, plan: rule.version }];
    });
  }

  /**
   * Does all work that is possible now for the operation, and for the one that was queued behind it. Idempotent. Throws
   * OperationPaused while the operation is paused because the database refused its last turn.
   */
  advance(target: TurnTarget): Promise<void> {
    return this.runs.run(target);
  }

  /** Whether `advance` would throw OperationPaused. */
  isPaused(operationId: string): boolean {
    return this.pauses.isPaused(operationId);
  }

  /** Operations whose last turn the database refused, paused or not. */
  refused(): string[] {
    return this.pauses.all();
  }

  /**
   * Those of them whose pause is over, oldest first. They may not be due, and the message that woke them may not be
   * delivered again.
   */
  rested(): string[] {
    return this.pauses.rested();
  }

  private async run(target: TurnTarget): Promise<void> {
    let next: Next = target;
    let chain = longestChain;
    while (next !== 'rest') {
      const at: TurnTarget = next;
      const reached: Reached = { steps: 0, announced: false };
      try {
        next = await this.database.quickTransaction(async (tx) => {
          const following = await this.turn(tx, at, chain, reached);
          reached.announced = !tx.out.isEmpty;
          return following;
        });
        this.noteGood(reached);
      } catch (error) {
        if (reached.operationId === undefined || error instanceof OperationPaused) {
          throw error;
        }
        if (isDatabaseAway(error)) {
          next = await this.notTaken(reached.operationId, error);
        } else if (reached.steps > 1) {
          // The whole turn is undone. It is repeated step by step, so that the steps before the failing one are done.
          chain = 1;
        } else {
          next = await this.onUnexpectedError(reached.operationId, error, 'timed');
        }
      }
    }
  }

  private reach(operationId: string, reached: Reached): void {
    if (this.pauses.isPaused(operationId)) {
      throw new OperationPaused(operationId);
    }
    reached.operationId = operationId;
  }

  private noteGood({ operationId, announced }: Reached): void {
    if (operationId !== undefined && announced) {
      this.pauses.turnWritten(operationId);
    } else if (operationId !== undefined) {
      this.pauses.forget(operationId);
    }
  }

  private async turn(
    tx: QuickTx,
    target: TurnTarget,
    chain: number,
    reached: Reached,
  ): Promise<Next> {
    reached.steps = 0;
    if ('operation' in target) {
      this.reach(target.operation, reached);
    }
    const opened = await this.open(tx, target);
    if (opened === undefined) {
      return 'rest';
    }
    const { turn, plan } = opened;
    const { id } = turn.operation;
    this.reach(id, reached);
    if (isCalledOff(opened)) {
      await plan.cancelled?.(turn);
      endOperation(this.parts(opened), 'cancel');
      return this.closed(turn, 'rest');
    }
    if (turn.rests) {
      // The database's clock may have moved its pause.
      return this.closed(turn, 'rest');
    }
    const most = this.pauses.isSuspect(id) ? 1 : chain;
    let going: Going = 'on';
    while (going === 'on' && reached.steps < most) {
      reached.steps += 1;
      going = await decide(this.parts(opened));
    }
    return this.closed(turn, going === 'on' ? { operation: id } : 'rest');
  }

  /** Writes the turn. After an operation that has ended, the one queued behind it is next. */
  private async closed(turn: Turn, next: Next): Promise<Next> {
    const started = await turn.write();
    return started === undefined ? next : { operation: started };
  }

  /** Locks the operation with its work; undefined: there is no work, or none that this release knows. */
  private async open(tx: QuickTx, target: TurnTarget): Promise<Opened | undefined> {
    const rows = await readTurn(tx.sql, target);
    if (rows === undefined) {
      return undefined;
    }
    const { id: operationId, kind, state, plan: version } = rows.operation;
    if (!isUnderWay(state)) {
      return undefined;
    }
    const rule = operationRule(kind);
    const plan = ownValue(this.plans, kind);
    if (plan === undefined || rule?.version !== version) {
      this.options.logger.info({ operationId, kind }, 'a plan for another release');
      return undefined;
    }
    return { turn: new Turn(tx, rows, this.options.config), plan, rule };
  }

  /**
   * The database refused a turn. If the database may be down, that is no failure of the operation. If it takes the
   * turns of other operations, the operation itself is the reason: handled like every unexpected error.
   */
  private async notTaken(operationId: string, error: unknown): Promise<Next> {
    if (!this.pauses.begin(operationId)) {
      throw error;
    }
    return this.onUnexpectedError(operationId, error, 'seen');
  }

  /**
   * A turn threw an error that no step expects. The error may pass, so the turn is repeated after growing pauses; an
   * error that does not pass ends in a failure like any other. Until then the error is returned, to be logged.
   */
  private async onUnexpectedError(
    operationId: string,
    error: unknown,
    streak: Streak,
  ): Promise<Next> {
    const next = await this.pauseOrGiveUp(operationId, streak)
      .catch((second: unknown) => {
        if (isDatabaseAway(second)) {
          throw second;
        }
        // An operation that cannot even fail is paused as well, so that it does not take the time of others.
        this.options.logger.error({ err: second, operationId }, 'operation could not be given up');
        return this.pause(operationId, streak);
      })
      .catch((last: unknown) => {
        if (streak === 'seen') {
          this.options.logger.error(
            { err: last, operationId },
            'the database refuses this operation alone, even its failure: the operation is tried again and again',
          );
        } else {
          this.pauses.begin(operationId);
        }
        throw last;
      });
    if (next !== undefined || streak === 'timed') {
      // The row itself holds the pause now.
      this.pauses.forget(operationId);
    }
    if (next === undefined) {
      throw error;
    }
    this.options.logger.error({ err: error, operationId }, 'unexpected error, not tried again');
    return next;
  }

  /** Undefined: the operation is paused. */
  private pauseOrGiveUp(operationId: string, streak: Streak): Promise<Next | undefined> {
    return this.database.quickTransaction(async (tx) => {
      const opened = await this.open(tx, { operation: operationId });
      if (opened === undefined) {
        return undefined;
      }
      const { turn } = opened;
      await recordUnexpected(turn, streak);
      if (!(await retriesExhausted(turn))) {
        await turn.write();
        return undefined;
      }
      // A cancelled operation ends without its messages: the deletion takes over all the same.
      const going = isCalledOff(opened)
        ? endOperation(this.parts(opened), 'cancel')
        : await failStep(this.parts(opened), unexpected(turn));
      return this.closed(turn, going === 'on' ? { operation: operationId } : 'rest');
    });
  }

  private pause(operationId: string, streak: Streak): Promise<undefined> {
    return this.database.quickTransaction(async (tx) => {
      const opened = await this.open(tx, { operation: operationId });
      if (opened !== undefined) {
        await recordUnexpected(opened.turn, streak);
        await opened.turn.write();
      }
      return undefined;
    });
  }

  private parts({ turn, plan }: Opened): Parameters<typeof decide>[0] {
    return { turn, plan, waiter: this.waiter, logger: this.options.logger };
  }
}
