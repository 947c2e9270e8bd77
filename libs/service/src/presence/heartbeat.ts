import { beat, isDatabaseAway, signOff, type Database, type Prisma } from '@metalcast/db';
import type { Logger } from '@metalcast/log';
import { Loop, pause } from '@metalcast/work';

interface HeartbeatOptions {
  readonly database: Database;
  readonly logger: Logger;
  readonly host: string;
  readonly binary: string;
  readonly topic: string | null;
  readonly version: string;
  readonly everyMs: number;
}

const retryMs = 1000;

/** Refreshes the process's row in `services`; if the database does not answer, the next beat tries again. */
export class HeartbeatLoop {
  private details: Prisma.InputJsonObject = {};
  private readonly loop: Loop;
  private registered = false;

  constructor(private readonly options: HeartbeatOptions) {
    this.loop = new Loop({
      work: () => this.write(),
      period: { everyMs: options.everyMs, ifRunning: 'again' },
      onError: (error) => {
        options.logger.warn({ err: error }, 'heartbeat failed');
      },
    });
  }

  /** Sets what other services need to know of this process; written at once when it is registered already. */
  setDetails(details: Prisma.InputJsonObject): void {
    this.details = details;
    if (this.registered) {
      this.loop.wake();
    }
  }

  /** Registers the process once the database answers; rejects when the database refuses. */
  async start(): Promise<void> {
    await this.register();
    this.loop.start();
  }

  async stop(): Promise<void> {
    await this.loop.stop();
    const { database, host, binary, logger } = this.options;
    await signOff(database, host, binary).catch((error: unknown) => {
      logger.warn({ err: error }, 'could not sign off');
    });
  }

  private async register(): Promise<void> {
    for (;;) {
      try {
        await this.write();
        return;
      } catch (error) {
        if (!isDatabaseAway(error)) {
          throw error;
        }
        this.options.logger.warn({ err: error }, 'could not register; tries again');
        await pause(retryMs);
      }
    }
  }

  private async write(): Promise<void> {
    const { database, host, binary, topic, version } = this.options;
    const heart = { host, binary, topic, version, details: this.details };
    await beat(database, heart, !this.registered);
    this.registered = true;
  }
}
