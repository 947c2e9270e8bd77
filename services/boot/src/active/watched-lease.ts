import { acquireWatchedLease, releaseLease, type Database, type LeaseClaim } from '@metalcast/db';

export interface WatchedLeaseOptions {
  readonly database: Database;
  readonly name: string;
  readonly owner: string;
  readonly leaseMs: number;
}

/**
 * A lease that nobody gets while another process may still trust in it. The database's clock alone is not enough: when
 * it jumps ahead every lease has ended by that clock, while its holder goes on by its own clock. So a waiting process
 * takes the lease only when it has seen no renewal for the lease's whole time.
 */
export class WatchedLease {
  /** The last seen state of another's lease, and since when, in monotonic time. */
  private watched: { readonly state: string; readonly since: number } | undefined;

  constructor(private readonly options: WatchedLeaseOptions) {}

  /** Takes or renews the lease; undefined while another process holds it, or may hold it. */
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
