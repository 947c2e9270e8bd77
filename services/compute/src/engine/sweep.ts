import { isDatabaseAway, type Database } from '@metalcast/db';
import { dueOperations } from '@metalcast/db/compute';
import type { Logger } from '@metalcast/log';
import type { Patience } from '@metalcast/service';
import { Loop } from '@metalcast/work';
import type { Engine } from './advance.js';

interface SweepOptions {
  readonly engine: Engine;
  readonly logger: Logger;
  readonly patience: Patience;
  readonly everyMs: number;
}

/** At most so many in a round, as of what is due. */
const restedMax = 100;

/** Finds operations whose time has come: a step that is overdue, a pause that is over, a process that died. */
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
   * What is due, and then what the database did not take before: last, so that those whose turns fail once more keep nobody else
   * waiting.
   */
  private async sweep(): Promise<void> {
    const { engine, patience } = this.options;
    const { due, clock } = await dueOperations(this.database, engine.known, engine.refused());
    patience.look(clock);
    if (await this.advanceAll(due)) {
      await this.advanceAll(engine.rested().slice(0, restedMax));
    }
  }

  /** False when the database did not take one: the rest of the round would fare no better. */
  private async advanceAll(operationIds: readonly string[]): Promise<boolean> {
    for (const id of operationIds) {
      if (!this.options.engine.isPaused(id) && !(await this.advance(id))) {
        return false;
      }
      // A long round is no hole.
      this.options.patience.look();
    }
    return true;
  }

  /** False when the database did not take it. */
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
