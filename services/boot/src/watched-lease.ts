import { acquireWatchedLease, releaseLease, type Database, type LeaseClaim } from '@metalcast/db';

export interface WatchedLeaseOptions {
  readonly database: Database;
  readonly name: string;
  readonly owner: string;
  readonly leaseMs: number;
}

/**
 * A lease that nobody gets while another may still trust in it. The database's clock alone could not tell: when it jumps ahead every lease is
 * over for it, while its holder goes on by his own clock. So whoever waits takes it only when he has seen no renewal for its whole time.
 */
export class WatchedLease {
  /** How another's was last found, and since when, on the monotonic clock. */
  private watched: { readonly state: string; readonly since: number } | undefined;

  constructor(private readonly options: WatchedLeaseOptions) {}

  /** Takes or renews it; undefined while it is, or may be, another's. */
  async acquire(): Promise<LeaseClaim | undefined> {
    const { database, name, owner, leaseMs: ttlMs } = this.options;
    const { unrenewed } = this;
    const found = await acquireWatchedLease(database, { name, owner, ttlMs, unrenewed });
    if ('claim' in found) {
      this.watched = undefined;
      return found;
    }
    if (found.state !== this.watched?.state) {
      this.watched = { state: found.state, since: performance.now() };
    }
    return undefined;
  }

  async release(): Promise<void> {
    const { database, name, owner } = this.options;
    await releaseLease(database, name, owner);
  }

  private get unrenewed(): string | undefined {
    const { watched } = this;
    const isOver =
      watched !== undefined && performance.now() - watched.since > this.options.leaseMs;
    return isOver ? watched.state : undefined;
  }
}
