import { dueOperations, type Database } from '@metalcast/db';
import type { Logger } from '@metalcast/log';
import type { Patience } from '@metalcast/service';
import type { Engine } from './advance.js';

/** Finds operations whose time has come: a step that is overdue, a pause that is over, a process that died. */
export class Sweep {
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly engine: Engine,
    private readonly logger: Logger,
    private readonly everyMs: number,
    private readonly patience: Patience,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.sweeping ??= this.sweep()
        .catch((error: unknown) => {
          this.logger.warn({ err: error }, 'sweep failed');
        })
        .finally(() => {
          this.sweeping = undefined;
        });
    }, this.everyMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.sweeping;
  }

  private async sweep(): Promise<void> {
    const due = await dueOperations(this.database, this.engine.known);
    this.patience.look();
    for (const id of due) {
      await this.engine.advance(id).catch((error: unknown) => {
        this.logger.error({ err: error, operationId: id }, 'operation could not be advanced');
      });
      // A long round is no hole.
      this.patience.look();
    }
  }
}
