import { claimPowerCommand } from '@metalcast/db';
import { withLogContext } from '@metalcast/log';
import { execute, type ExecuteOptions } from './execute.js';
import { HeldCommand } from './held-command.js';

export interface WorkerOptions extends ExecuteOptions {
  readonly owner: string;
  /** Commands under way at once, each at another BMC. */
  readonly concurrency: number;
  /** How often to look for commands that nobody woke us for. */
  readonly sweepMs: number;
}

/**
 * Takes queued power commands, and those whose holder died, while it has room. Each runs at a BMC of its own,
 * so that a slow one delays nobody else.
 */
export class PowerWorker {
  private readonly running = new Map<HeldCommand, Promise<void>>();
  private readonly startedAt = performance.now();
  private sweep: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private lookAgain = false;
  private stopped = false;

  constructor(private readonly options: WorkerOptions) {}

  start(): void {
    this.sweep = setInterval(() => {
      this.wake();
    }, this.options.sweepMs);
    this.wake();
  }

  /** Looks for work now. Never rejects; what it misses the next sweep finds. */
  wake(): void {
    this.lookAgain = true;
    this.looking ??= this.lookOnce();
  }

  /** Takes nothing more; what is under way is handed back, to be resumed where it stands. */
  async close(): Promise<void> {
    this.stopped = true;
    clearInterval(this.sweep);
    await this.looking;
    for (const held of this.running.keys()) {
      held.abandon();
    }
    await Promise.all(this.running.values());
  }

  private async lookOnce(): Promise<void> {
    try {
      await this.look();
    } finally {
      this.looking = undefined;
      if (this.lookAgain && !this.stopped) {
        this.wake();
      }
    }
  }

  /** Never rejects. */
  private async look(): Promise<void> {
    try {
      while (this.lookAgain) {
        this.lookAgain = false;
        while (this.hasRoom() && (await this.takeOne())) {
          // The next one.
        }
      }
    } catch (error) {
      this.lookAgain = false;
      this.options.logger.warn({ err: error }, 'could not look for power commands');
    }
  }

  private hasRoom(): boolean {
    return !this.stopped && this.running.size < this.options.concurrency;
  }

  private async takeOne(): Promise<boolean> {
    const { database, owner, timing } = this.options;
    const claimedAt = performance.now();
    // Right after the start nothing is overdue: nobody was there to do it.
    const overdue = claimedAt - this.startedAt > timing.leaseMs;
    const command = await claimPowerCommand(database, { owner, leaseMs: timing.leaseMs, overdue });
    if (command === undefined) {
      return false;
    }
    const held = new HeldCommand(database, command, timing, claimedAt);
    const work = withLogContext({ requestId: command.requestId }, () => execute(this.options, held))
      .catch((error: unknown) => {
        this.options.logger.error({ err: error }, 'a power command ended badly');
      })
      .finally(() => {
        this.running.delete(held);
        this.wake();
      });
    this.running.set(held, work);
    return true;
  }
}
