import { acquireLease, type Database } from '@metalcast/db';
import { untakenMessages } from '@metalcast/db/compute';
import type { Logger } from '@metalcast/log';
import { Loop } from '@metalcast/work';

interface WatchOptions {
  readonly owner: string;
  readonly logger: Logger;
}

const leaseName = 'outbox-watch';
/** How often to look, and how long a message waits before the log names it. */
const everyMs = 300_000;

/**
 * Warns of messages that no process publishes, as those of a service that is not run any more. The lease lasts from one
 * look to the next: of all compute processes one warns in that time.
 */
export class OutboxWatch {
  private readonly loop: Loop;

  constructor(
    private readonly database: Database,
    private readonly options: WatchOptions,
  ) {
    this.loop = new Loop({
      work: () => this.look(),
      period: { everyMs, ifRunning: 'skip' },
      onError: (error) => {
        options.logger.warn({ err: error }, 'could not look for messages that nobody publishes');
      },
    });
  }

  start(): void {
    this.loop.start();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  async look(): Promise<void> {
    const { owner, logger } = this.options;
    if ((await acquireLease(this.database, leaseName, owner, everyMs)) === undefined) {
      return;
    }
    for (const untaken of await untakenMessages(this.database, everyMs)) {
      logger.warn({ ...untaken }, 'messages wait that no process publishes');
    }
  }
}
