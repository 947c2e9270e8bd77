import { isDatabaseAway, type Database } from '@metalcast/db';
import { dueOperations } from '@metalcast/db/compute';
import type { Logger } from '@metalcast/log';
import type { OverdueGuard } from '@metalcast/service';
import { Loop } from '@metalcast/work';
import type { Engine } from './advance.js';

interface SweepOptions {
  readonly engine: Engine;
  readonly logger: Logger;
  readonly overdueGuard: OverdueGuard;
  readonly everyMs: number;
}

/** At most so many in a round, the same as of due operations. */
const restedMax = 100;

/** Finds operations that must move on: a step is overdue, a pause is over, a process died. */
export class Sweep {
  private readonly loop: Loop;

  constructor(
    private readonly database: Database,
    private readonly options: SweepOptions,
  ) {
    this.loop = new Loop({
      work: () => this.sweep(),
      period: { everyMs: options.everyMs, ifRunning: 'skip' },
      onError: (error) => {
        options.logger.warn({ err: error }, 'sweep failed');
      },
    });
  }

  start(): void {
    this.loop.start();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  /**
   * Advances due operations, then those that the database refused before: last, so that another failure delays no other
   * operation.
   */
  private async sweep(): Promise<void> {
    const { engine, overdueGuard } = this.options;
    const { due, clock } = await dueOperations(this.database, engine.known, engine.refused());
    overdueGuard.tick(clock);
    if (await this.advanceAll(due)) {
      await this.advanceAll(engine.rested().slice(0, restedMax));
    }
  }

  /** False when the database refused one: the rest of the round would fail as well. */
  private async advanceAll(operationIds: readonly string[]): Promise<boolean> {
    for (const id of operationIds) {
      if (!this.options.engine.isPaused(id) && !(await this.advance(id))) {
        return false;
      }
      // A long round is no absence of this process.
      this.options.overdueGuard.tick();
    }
    return true;
  }

  /** False when the database refused the turn. */
  private async advance(operationId: string): Promise<boolean> {
    try {
      await this.options.engine.advance({ operation: operationId });
    } catch (error) {
      this.options.logger.error({ err: error, operationId }, 'operation could not be advanced');
      return !isDatabaseAway(error);
    }
    return true;
  }
}
