import { randomBytes } from 'node:crypto';
import { SharedRun } from '../database/shared-run.js';
import type { RelayConnection } from './relay-connection.js';

/** What another may be late in publishing for a process that was killed. */
export const publisherLeaseMs = 4000;
/** Renewed before a write when no more is left. */
const renewMs = 2000;

/**
 * The right of a process to own streams, as one row in `publishers`. It ends when the row is deleted: by the process
 * itself, or by another one after `lease_until`. A process that has lost its row continues under a new name. So a
 * stream whose owner has no row is free, and a former owner that wakes up late notices this before it publishes.
 */
export class PublisherLease {
  /** On this process's monotonic clock, counted from before the question. */
  private until = -Infinity;
  private readonly renewal = new SharedRun(() => this.ask());
  private ended = false;

  private constructor(
    private readonly connection: RelayConnection,
    readonly owner: string,
  ) {}

  static async take(connection: RelayConnection, name: string): Promise<PublisherLease> {
    const owner = `${name}:${randomBytes(6).toString('hex')}`;
    const lease = new PublisherLease(connection, owner);
    const asked = performance.now();
    await connection.query(
      'take_publisher_lease',
      `INSERT INTO publishers (owner, lease_until) VALUES ($1, clock_timestamp() + $2 * interval '1 millisecond')`,
      [owner, publisherLeaseMs],
    );
    lease.until = asked + publisherLeaseMs;
    return lease;
  }

  /** Whether it holds now, by the own clock. */
  get holds(): boolean {
    return !this.ended && performance.now() < this.until;
  }

  /** Whether it holds for long enough to begin a write. */
  get isFresh(): boolean {
    return this.holds && performance.now() < this.until - renewMs;
  }

  /** False when it is over for good. Rejects when the database could not be asked and it does not hold any more. */
  async hold(): Promise<boolean> {
    return this.holds || this.renew();
  }

  /** Longer by its whole time; false when it is over for good. */
  renew(): Promise<boolean> {
    return this.renewal.run();
  }

  /** Its streams are free at once. */
  async end(): Promise<void> {
    this.ended = true;
    await this.connection.query('end_publisher_lease', 'DELETE FROM publishers WHERE owner = $1', [
      this.owner,
    ]);
  }

  private async ask(): Promise<boolean> {
    if (this.ended) {
      return false;
    }
    const asked = performance.now();
    const rows = await this.connection.query(
      'renew_publisher_lease',
      `UPDATE publishers SET lease_until = clock_timestamp() + $2 * interval '1 millisecond' WHERE owner = $1 RETURNING owner`,
      [this.owner, publisherLeaseMs],
    );
    if (rows.length === 0) {
      this.ended = true;
      return false;
    }
    this.until = asked + publisherLeaseMs;
    return true;
  }
}
