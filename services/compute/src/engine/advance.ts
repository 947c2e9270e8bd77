import { isDatabaseAway, type Database, type QuickTx } from '@metalcast/db';
import { readTurn, type TurnTarget } from '@metalcast/db/compute';
import { isUnderWay, operationRule, type OperationRule } from '@metalcast/domain';
import type { ComputeConfig } from '../config.js';
import { decide, endOperation, giveStepUp, type Going, type Next } from './decide.js';
import { LocalPauses, OperationPaused } from './local-pauses.js';
import type { Plan } from './plan.js';
import { SingleFlight } from './single-flight.js';
import { isBeyondHope, noteSurprise, unexpected, type Series } from './surprise.js';
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
  /** Once it has a connection: that there is none says nothing of the operation. */
  operationId?: string;
  steps: number;
  /** It has written messages. */
  announced: boolean;
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

  /** Operations of which the database did not take the last turn, whether they rest or not. */
  refused(): string[] {
    return this.pauses.all();
  }

  /** Those of them whose pause is over, the longest ago first. They may not be due, and what has woken them may not come again. */
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
          // All of the turn is undone. Step by step, those before the one that throws are done.
          chain = 1;
        } else {
          next = await this.surprised(reached.operationId, error, 'timed');
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
      return 'rest';
    }
    const most = this.pauses.isSuspect(id) ? 1 : chain;
    let going: Going = 'on';
    while (going === 'on' && reached.steps < most) {
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
   * The database did not take a turn. While it may be away that is nobody's failure. When it takes the turns of others it is the
   * operation's own, and handled like all that no step foresaw.
   */
  private async notTaken(operationId: string, error: unknown): Promise<Next> {
    if (!this.pauses.begin(operationId)) {
      throw error;
    }
    return this.surprised(operationId, error, 'seen');
  }

  /**
   * A turn threw what no step foresaw. It may pass, so the turn is made again after growing pauses; what does
   * not pass is in the end a failure like any other. The throw is handed on for the log, until it is one.
   */
  private async surprised(operationId: string, error: unknown, series: Series): Promise<Next> {
    const next = await this.pauseOrGiveUp(operationId, series)
      .catch((second: unknown) => {
        if (isDatabaseAway(second)) {
          throw second;
        }
        // What cannot even fail rests as well, so that it does not take the time of others.
        this.options.logger.error({ err: second, operationId }, 'operation could not be given up');
        return this.pause(operationId, series);
      })
      .catch((last: unknown) => {
        if (series === 'seen') {
          this.options.logger.error(
            { err: last, operationId },
            'the database refuses this operation alone, even that it has failed: it can only be tried again',
          );
        } else {
          this.pauses.begin(operationId);
        }
        throw last;
      });
    if (next !== undefined || series === 'timed') {
      // The row knows of it.
      this.pauses.forget(operationId);
    }
    if (next === undefined) {
      throw error;
    }
    this.options.logger.error({ err: error, operationId }, 'unexpected error, not tried again');
    return next;
  }

  /** Undefined: it rests. */
  private pauseOrGiveUp(operationId: string, series: Series): Promise<Next | undefined> {
    return this.database.quickTransaction(async (tx) => {
      const opened = await this.open(tx, { operation: operationId });
      if (opened === undefined) {
        return undefined;
      }
      const { turn } = opened;
      await noteSurprise(turn, series);
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

  private pause(operationId: string, series: Series): Promise<undefined> {
    return this.database.quickTransaction(async (tx) => {
      const opened = await this.open(tx, { operation: operationId });
      if (opened !== undefined) {
        await noteSurprise(opened.turn, series);
        await opened.turn.write();
      }
      return undefined;
    });
  }

  private parts({ turn, plan }: Opened): Parameters<typeof decide>[0] {
    return { turn, plan, waiter: this.waiter, logger: this.options.logger };
  }
}
