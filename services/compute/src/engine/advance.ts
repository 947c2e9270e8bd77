import {
  isDatabaseAway,
  readTurn,
  type Database,
  type QuickTx,
  type TurnTarget,
} from '@metalcast/db';
import { isUnderWay, operationRule, type OperationRule } from '@metalcast/domain';
import type { ComputeConfig } from '../config.js';
import { decide, endOperation, giveStepUp, type Going, type Next } from './decide.js';
import { LocalPauses, OperationPaused } from './local-pauses.js';
import type { Plan } from './plan.js';
import { SingleFlight } from './single-flight.js';
import { isBeyondHope, noteSurprise, unexpected } from './surprise.js';
import { Turn } from './turn.js';
import { Waiter, type WaiterOptions } from './waiting.js';

/** A turn that has something to move, with its plan. */
interface Opened {
  readonly turn: Turn;
  readonly plan: Plan;
  readonly rule: OperationRule;
}

/** How far a turn came, for the one that it throws at. */
interface Reached {
  operationId?: string;
  steps: number;
}

export interface EngineOptions extends WaiterOptions {
  readonly config: ComputeConfig;
}

const isCalledOff = ({ turn, rule }: Opened): boolean =>
  turn.operation.cancelRequested && rule.cancel === 'handover';

/** Of one turn: a chain of steps that need not wait is written at once. */
const longestChain = 20;

/**
 * Moves operations on. Each turn is one transaction that holds the operation's row: any number of processes
 * may wake the same operation at any time, and a process that dies leaves the operation as it was before its turn. In one
 * process a wake-up has one run at a time, so that wake-ups do not queue for the row, each with a connection.
 */
export class Engine {
  /** What it can move on; an operation of another release is left to that. */
  readonly known: readonly { readonly kind: string; readonly plan: number }[];

  private readonly waiter: Waiter;
  private readonly pauses = new LocalPauses();
  private readonly flights = new SingleFlight<TurnTarget>(
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
   * Does all that can be done now for the operation, and for the one that was queued behind it. Idempotent. Throws OperationPaused while
   * the operation rests because the database took nothing of its last turn.
   */
  advance(target: TurnTarget): Promise<void> {
    return this.flights.run(target);
  }

  /** Whether `advance` would throw OperationPaused. */
  isPaused(operationId: string): boolean {
    return this.pauses.isPaused(operationId);
  }

  private async run(target: TurnTarget): Promise<void> {
    let next: Next = target;
    let chain = longestChain;
    while (next !== 'rest') {
      const at: TurnTarget = next;
      const reached: Reached = { steps: 0 };
      try {
        next = await this.database.quickTransaction((tx) => this.turn(tx, at, chain, reached));
        if (reached.operationId !== undefined) {
          this.pauses.forget(reached.operationId);
        }
      } catch (error) {
        if (reached.operationId === undefined) {
          throw error;
        }
        if (isDatabaseAway(error)) {
          this.pauses.begin(reached.operationId);
          throw error;
        }
        if (reached.steps > 1) {
          // All of the turn is undone. Step by step, those before the one that throws are done.
          chain = 1;
        } else {
          next = await this.surprised(reached.operationId, error);
        }
      }
    }
  }

  private async turn(
    tx: QuickTx,
    target: TurnTarget,
    chain: number,
    reached: Reached,
  ): Promise<Next> {
    const opened = await this.open(tx, target);
    if (opened === undefined) {
      return 'rest';
    }
    const { turn, plan } = opened;
    const { id } = turn.operation;
    if (this.pauses.isPaused(id)) {
      throw new OperationPaused(id);
    }
    reached.operationId = id;
    reached.steps = 0;
    if (isCalledOff(opened)) {
      await plan.cancelled?.(turn);
      endOperation(this.parts(opened), 'cancel');
      return this.closed(turn, 'rest');
    }
    if (turn.rests) {
      return 'rest';
    }
    let going: Going = 'on';
    while (going === 'on' && reached.steps < chain) {
      reached.steps += 1;
      going = await decide(this.parts(opened));
    }
    return this.closed(turn, going === 'on' ? { operation: id } : 'rest');
  }

  /** Writes the turn; what was queued behind an operation that has ended comes next. */
  private async closed(turn: Turn, next: Next): Promise<Next> {
    const started = await turn.write();
    return started === undefined ? next : { operation: started };
  }

  /** Locks what there is to do for the operation; undefined: nothing, or nothing that this release knows. */
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
    const plan = this.plans[kind];
    if (plan === undefined || rule?.version !== version) {
      this.options.logger.info({ operationId, kind }, 'a plan for another release');
      return undefined;
    }
    return { turn: new Turn(tx, rows, this.options.config), plan, rule };
  }

  /**
   * A turn threw what no step foresaw. It may pass, so the turn is made again after growing pauses; what does
   * not pass is in the end a failure like any other. The throw is handed on for the log, until it is one.
   */
  private async surprised(operationId: string, error: unknown): Promise<Next> {
    const next = await this.pauseOrGiveUp(operationId)
      .catch((second: unknown) => {
        if (isDatabaseAway(second)) {
          throw second;
        }
        // What cannot even fail rests as well, so that it does not take the time of others.
        this.options.logger.error({ err: second, operationId }, 'operation could not be given up');
        return this.pause(operationId);
      })
      .catch((last: unknown) => {
        this.pauses.begin(operationId);
        throw last;
      });
    if (next === undefined) {
      throw error;
    }
    this.options.logger.error({ err: error, operationId }, 'unexpected error, not tried again');
    return next;
  }

  /** Undefined: it rests. */
  private pauseOrGiveUp(operationId: string): Promise<Next | undefined> {
    return this.database.quickTransaction(async (tx) => {
      const opened = await this.open(tx, { operation: operationId });
      if (opened === undefined) {
        return undefined;
      }
      const { turn } = opened;
      await noteSurprise(turn);
      if (!(await isBeyondHope(turn))) {
        await turn.write();
        return undefined;
      }
      // One that is called off ends without what it had to tell: the deletion takes over all the same.
      const going = isCalledOff(opened)
        ? endOperation(this.parts(opened), 'cancel')
        : await giveStepUp(this.parts(opened), unexpected(turn));
      return this.closed(turn, going === 'on' ? { operation: operationId } : 'rest');
    });
  }

  private pause(operationId: string): Promise<undefined> {
    return this.database.quickTransaction(async (tx) => {
      const opened = await this.open(tx, { operation: operationId });
      if (opened !== undefined) {
        await noteSurprise(opened.turn);
        await opened.turn.write();
      }
      return undefined;
    });
  }

  private parts({ turn, plan }: Opened): Parameters<typeof decide>[0] {
    return { turn, plan, waiter: this.waiter, logger: this.options.logger };
  }
}
