import { pause } from '@metalcast/work';
import { leaseAcquired, leaseReleased } from '../processes/leases.js';
import { SharedRun } from '../database/shared-run.js';
import type { RelayConnection } from './relay-connection.js';

/** The lease of the one that gives events their positions. */
export const positionsLease = { name: 'event-positions', ms: 3000 } as const;
const everyMs = 250;
/** With nothing to do for so long it lets go; whoever looks first when there is something begins anew. */
const idleMs = 2000;
const atOnce = 1000;

/** The counter's row is locked first: what the second statement sees was committed before it begins. */
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
 * Numbers all events in the order in which they were committed, a little later: `events.pos` has no gaps, an event
 * never appears behind one that was already seen, and those of one subject are in their order. The lease only keeps
 * processes from doing it all at once; the counter's row makes it right.
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

  /** Until nothing has come for a while, or another does it. Never rejects: a look wakes it again. */
  private async numberAll(): Promise<void> {
    try {
      let seen = performance.now();
      // Where some came there are likely more: they are not looked for first.
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
      // The connection has told of it.
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
