import { dueOperations, isDatabaseAway, type Database } from '@metalcast/db';
import type { Logger } from '@metalcast/log';
import type { Patience } from '@metalcast/service';
import type { Engine } from './advance.js';

interface SweepOptions {
  readonly engine: Engine;
  readonly logger: Logger;
  readonly patience: Patience;
  readonly everyMs: number;
}

/** Finds operations whose time has come: a step that is overdue, a pause that is over, a process that died. */
export class Sweep {
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly options: SweepOptions,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.sweeping ??= this.sweep()
        .catch((error: unknown) => {
          this.options.logger.warn({ err: error }, 'sweep failed');
        })
        .finally(() => {
          this.sweeping = undefined;
        });
    }, this.options.everyMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.sweeping;
  }

  private async sweep(): Promise<void> {
    const { engine, patience } = this.options;
    const { due, clock } = await dueOperations(this.database, engine.known);
    patience.look(clock);
    for (const id of due.filter((one) => !engine.isPaused(one))) {
      if (!(await this.advance(id))) {
        return;
      }
      // A long round is no hole.
      patience.look();
    }
  }

  /** False when the database did not take it: the rest of the round would fare no better. */
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
