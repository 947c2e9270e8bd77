import {
  claimPowerCommand,
  movePowerDeadlines,
  type ClaimedPowerCommand,
  type PowerClaimed,
  type PowerHolder,
} from '@metalcast/db/power';
import { supersedes } from '@metalcast/domain';
import { withLogContext } from '@metalcast/log';
import { OverdueGuard } from '@metalcast/service';
import { Loop } from '@metalcast/work';
import { execute, type ExecuteOptions } from './execute.js';
import { HeldCommand } from './held-command.js';
import { LeaseKeeper } from './lease-keeper.js';

export interface WorkerOptions extends ExecuteOptions {
  readonly owner: string;
  /** Commands under way at the same time, each at another BMC. */
  readonly concurrency: number;
  /**
   * How often to look for commands that no message announced, while there are unfinished ones; otherwise at each
   * renewal of leases.
   */
  readonly sweepMs: number;
}

/** A reserved slot for one command; to be used, or given back. */
export interface WorkerSlot {
  readonly holder: PowerHolder;
  /** Begins a command that was taken for `holder`; `claimedAt`: performance.now() before it was taken. */
  use(command: ClaimedPowerCommand, claimedAt: number): void;
  giveBack(): void;
}

/**
 * Carries out power commands while it has room: new ones as they arrive, queued ones, and those whose holder died. Each
 * command has its own BMC, so that a slow BMC delays no other.
 */
export class PowerWorker {
  private readonly running = new Map<HeldCommand, Promise<void>>();
  private readonly leases: LeaseKeeper;
  /**
   * After the start, and after an outage of the database, nothing is judged overdue at once: no process was there to do
   * it. The same after a jump of the clock.
   */
  private readonly overdueGuard: OverdueGuard;
  private readonly looking: Loop;
  private reserved = 0;
  /** True when something may be queued because there was no room here. */
  private crowded = false;
  /** True when the last look found no unfinished command. */
  private quiet = false;
  private stopped = false;

  constructor(private readonly options: WorkerOptions) {
    const { sweepMs, timing } = options;
    const everyMs = Math.max(sweepMs, timing.renewMs);
    this.overdueGuard = new OverdueGuard({
      ...{ everyMs, graceMs: timing.leaseMs },
      moveDeadlines: (jump) => movePowerDeadlines(options.database, jump),
    });
    this.leases = new LeaseKeeper(options.database, timing, (clock) => {
      this.overdueGuard.tick(clock);
    });
    this.looking = new Loop({
      work: () => this.look(),
      // What a dead process held lasts for one lease more, and renewals come several times in it: so it is seen, and
      // from then on looked at often, before it can be taken.
      pauseMs: () => (this.quiet ? everyMs : sweepMs),
      onError: (error) => {
        this.quiet = false;
        options.logger.warn({ err: error }, 'could not look for power commands');
      },
    });
  }

  start(): void {
    this.wake();
  }

  /** Undefined when there is no room: a new command is queued. */
  takeSlot(): WorkerSlot | undefined {
    if (this.stopped || this.running.size + this.reserved >= this.options.concurrency) {
      this.crowded = true;
      return undefined;
    }
    this.reserved += 1;
    const { owner, timing } = this.options;
    return {
      holder: { owner, leaseMs: timing.leaseMs },
      use: (command, claimedAt) => {
        this.reserved -= 1;
        this.begin(command, claimedAt);
      },
      giveBack: () => {
        this.reserved -= 1;
      },
    };
  }

  /**
   * A new command may end one that runs here for the node. Other processes learn of it at their next renewal of leases.
   */
  supersede({ node, target }: { readonly node: string; readonly target: string }): void {
    for (const held of this.running.keys()) {
      if (held.command.nodeUuid === node && supersedes(target, held.command.target)) {
        held.cancel('superseded');
      }
    }
  }

  /** Looks for work now. Never rejects; the next sweep finds what this look misses. */
  wake(): void {
    this.looking.wake();
  }

  /** Takes nothing more; gives running commands back, to be resumed where they stand. */
  async close(): Promise<void> {
    this.stopped = true;
    await this.looking.stop();
    for (const held of this.running.keys()) {
      held.abandon();
    }
    await Promise.all(this.running.values());
  }

  private async look(): Promise<void> {
    await this.overdueGuard.settleJumps();
    while (await this.takeOne()) {
      // The next one.
    }
  }

  private async takeOne(): Promise<boolean> {
    const slot = this.takeSlot();
    if (slot === undefined) {
      return false;
    }
    const claimedAt = performance.now();
    let claimed: PowerClaimed;
    try {
      claimed = await claimPowerCommand(this.options.database, {
        ...slot.holder,
        overdue: this.overdueGuard.canDeclareOverdue(),
        orphans: this.overdueGuard.isClockSteady(),
        clockWithin: this.overdueGuard.clockWithin(),
      });
      this.overdueGuard.tick(claimed.clock);
    } catch (error) {
      slot.giveBack();
      throw error;
    }
    if (claimed.outcome === 'none') {
      slot.giveBack();
      this.crowded = false;
      this.quiet = !claimed.open;
      return false;
    }
    slot.use(claimed.command, claimedAt);
    return true;
  }

  private begin(command: ClaimedPowerCommand, claimedAt: number): void {
    const { database, logger, timing } = this.options;
    const held = new HeldCommand(database, command, timing, claimedAt);
    this.leases.keep(held);
    if (this.stopped) {
      held.abandon();
    }
    const work = withLogContext({ requestId: command.requestId }, () => execute(this.options, held))
      .catch((error: unknown) => {
        logger.error({ err: error }, 'a power command ended with an error');
        return false;
      })
      .then((othersWait) => {
        this.leases.leave(held);
        this.running.delete(held);
        if ((othersWait || this.crowded) && !this.stopped) {
          this.wake();
        }
      });
    this.running.set(held, work);
  }
}
