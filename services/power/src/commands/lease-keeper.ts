import type { Database } from '@metalcast/db';
import { renewPowerCommands } from '@metalcast/db/power';
import type { HeldCommand } from './held-command.js';
import type { CommandTiming } from './timing.js';

/** Renews the leases of all commands that this process holds by one statement, and by none when it holds none. */
export class LeaseKeeper {
  private readonly held = new Set<HeldCommand>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly timing: Pick<CommandTiming, 'leaseMs' | 'renewMs'>,
    /** Called when the database has answered; `clock` is its time. */
    private readonly onAnswer: (clock: Date | undefined) => void,
  ) {}

  keep(held: HeldCommand): void {
    this.held.add(held);
    this.timer ??= setInterval(() => {
      // While the database does not answer, the leases run out.
      this.renew().catch(() => undefined);
    }, this.timing.renewMs);
  }

  leave(held: HeldCommand): void {
    this.held.delete(held);
    if (this.held.size === 0) {
      clearInterval(this.timer);
      this.timer = undefined;
    }
  }

  private async renew(): Promise<void> {
    const { leaseMs } = this.timing;
    const asked = performance.now();
    const held = [...this.held];
    const claims = held.map(({ command }) => command);
    const { standings, clock } = await renewPowerCommands(this.database, claims, leaseMs);
    this.onAnswer(clock);
    for (const each of held.filter((one) => this.held.has(one))) {
      const standing = standings.get(each.command.id);
      switch (standing) {
        case 'current':
          each.renewed(asked + leaseMs);
          break;
        case 'stale':
        case 'superseded':
          each.cancel(standing);
          break;
        case undefined:
          each.lose();
          break;
      }
    }
  }
}
