import { pause } from '@metalcast/work';
import { leaseAcquired, leaseReleased } from '../processes/leases.js';
import { SharedRun } from '../database/shared-run.js';
import type { RelayConnection } from './relay-connection.js';

/** The lease of the process that gives events their positions. */
export const positionsLease = { name: 'event-positions', ms: 3000 } as const;
const everyMs = 250;
/** After so long without new events the process releases the lease; the next process that finds events takes it. */
const idleMs = 2000;
const atOnce = 1000;

/** The first statement locks the counter's row, so the second sees every event that was numbered before. */
const script = `
  INSERT INTO streams (aggregate) VALUES ('*') ON CONFLICT (aggregate) DO UPDATE SET n = streams.n;
  WITH waiting AS MATERIALIZED (
    SELECT id, row_number() OVER (ORDER BY seq) AS place
      FROM (SELECT id, seq FROM events WHERE pos IS NULL ORDER BY seq LIMIT ${String(atOnce)}) e
  ), counter AS (
    UPDATE streams SET n = n + (SELECT count(*) FROM waiting) WHERE aggregate = '*'
    RETURNING n - (SELECT count(*) FROM waiting) AS last
  )
  UPDATE events SET pos = counter.last + waiting.place FROM waiting, counter WHERE events.id = waiting.id`;

/**
 * Numbers all events in the order of their commits, a little later: `events.pos` has no gaps, an event never appears
 * before one that a reader has already seen, and events of one subject keep their order. The lock on the counter's row
 * guarantees this; the lease only saves processes from competing for the lock.
 */
export class GlobalEventPositions {
  private readonly numbering = new SharedRun(() => this.numberAll());
  private readonly closing = new AbortController();
  /** On the monotonic clock. */
  private heldUntil = -Infinity;

  constructor(
    private readonly connection: RelayConnection,
    private readonly owner: string,
  ) {}

  /** There are events without a position. */
  wake(): void {
    this.numbering.start();
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.numbering.current;
  }

  /** Ends when no events have come for a while, or another process has the lease. Never rejects. */
  private async numberAll(): Promise<void> {
    try {
      let seen = performance.now();
      // After a batch there are probably more: number again without asking first.
      for (let numbered = 1; await this.hold();) {
        numbered = numbered > 0 || (await this.waits()) ? await this.number() : 0;
        if (numbered > 0) {
          seen = performance.now();
        }
        if (this.closing.signal.aborted || performance.now() - seen > idleMs) {
          await this.release();
          return;
        }
        if (numbered < atOnce) {
          await pause(everyMs, this.closing.signal);
        }
      }
    } catch {
      // The connection has logged the error; the relay's next look wakes this again.
    }
  }

  private async number(): Promise<number> {
    const results = await this.connection.script(script);
    return results.at(-1)?.rowCount ?? 0;
  }

  private async waits(): Promise<boolean> {
    const [found] = await this.connection.query<{ waits: boolean }>(
      'events_without_position',
      'SELECT EXISTS (SELECT FROM events WHERE pos IS NULL) AS waits',
      [],
    );
    return found?.waits === true;
  }

  private async hold(): Promise<boolean> {
    const asked = performance.now();
    if (asked < this.heldUntil - positionsLease.ms / 2) {
      return true;
    }
    const { text, values } = leaseAcquired(positionsLease.name, this.owner, positionsLease.ms);
    const rows = await this.connection.query('hold_positions_lease', text, values);
    this.heldUntil = rows.length > 0 ? asked + positionsLease.ms : -Infinity;
    return rows.length > 0;
  }

  private async release(): Promise<void> {
    this.heldUntil = -Infinity;
    const { text, values } = leaseReleased(positionsLease.name, this.owner);
    await this.connection.query('release_positions_lease', text, values);
  }
}
