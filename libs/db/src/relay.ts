import pg from 'pg';
import type { OutgoingMessage } from './outbox.js';

/** What the relay needs of a broker. Implemented by the rpc library. */
export interface Publisher {
  /**
   * `confirmed`: the broker has it. `returned`: it could not be routed to any queue.
   * Rejects when there is no connection; never hangs.
   */
  publish(message: OutgoingMessage): Promise<'confirmed' | 'returned'>;
  /** Keeps a message that nobody took, with the reason, for an operator. */
  deadLetter(message: OutgoingMessage, reason: string): Promise<void>;
}

export interface RelayLogger {
  warn(detail: object, message: string): void;
}

export interface RelayOptions {
  readonly url: string;
  readonly publisher: Publisher;
  readonly logger: RelayLogger;
  readonly applicationName: string;
  /** How often to look for what dead processes left. */
  readonly sweepMs?: number;
}

interface Row {
  readonly seq: string;
  readonly kind: 'cast' | 'event';
  readonly routing_key: string;
  readonly body: string;
  readonly headers: Record<string, string>;
  readonly event_id: string | null;
  readonly expires_at: Date | null;
  readonly expired: boolean;
}

const batchRows = 100;
const batchMs = 10_000;
const reconnectMs = 1000;

/**
 * Publishes what the outbox holds: at least once, in order per aggregate; any number side by side.
 * It has a plain connection of its own, because it waits for the broker inside a transaction.
 */
export class Relay {
  private readonly wanted = new Set<string>();
  private sweepWanted = true;
  private running: Promise<void> | undefined;
  private client: pg.Client | undefined;
  private readonly timer: NodeJS.Timeout;
  private closed = false;

  constructor(private readonly options: RelayOptions) {
    this.timer = setInterval(() => {
      this.sweepWanted = true;
      this.wake();
    }, options.sweepMs ?? 1000);
    this.wake();
  }

  /** Publish these aggregates' messages soon. */
  kick(aggregates: readonly string[]): void {
    for (const aggregate of aggregates) {
      this.wanted.add(aggregate);
    }
    this.wake();
  }

  /** Publishes what this process still has, then ends. */
  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    await this.running;
    await this.client?.end().catch(() => undefined);
    this.client = undefined;
  }

  private wake(): void {
    this.running ??= this.drain().finally(() => {
      this.running = undefined;
      if (!this.closed && (this.wanted.size > 0 || this.sweepWanted)) {
        this.wake();
      }
    });
  }

  private async drain(): Promise<void> {
    try {
      const client = await this.connected();
      while (this.wanted.size > 0) {
        const [aggregate] = this.wanted;
        if (aggregate !== undefined) {
          await this.empty(client, aggregate);
          this.wanted.delete(aggregate);
        }
      }
      if (this.sweepWanted) {
        this.sweepWanted = false;
        await this.empty(client, null);
      }
    } catch (error) {
      this.options.logger.warn({ err: error }, 'outbox relay interrupted; it tries again');
      await this.client?.end().catch(() => undefined);
      this.client = undefined;
      // What is left is found by the sweep.
      this.wanted.clear();
      this.sweepWanted = false;
      await new Promise((resolve) => setTimeout(resolve, this.closed ? 0 : reconnectMs));
    }
  }

  private async connected(): Promise<pg.Client> {
    if (this.client === undefined) {
      const client = new pg.Client({
        connectionString: this.options.url,
        application_name: this.options.applicationName,
        connectionTimeoutMillis: batchMs,
        keepAlive: true,
      });
      // A lost connection shows at the next query; without a listener it would end the process.
      client.on('error', () => {
        this.client = undefined;
      });
      await client.connect();
      this.client = client;
    }
    return this.client;
  }

  /** One aggregate, or (null) whichever has something, until a look finds nothing to do. */
  private async empty(client: pg.Client, aggregate: string | null): Promise<void> {
    while ((await this.batch(client, aggregate)) === 'more') {
      // A process that found the row locked left its own messages to us: look once more.
    }
  }

  private async batch(client: pg.Client, wanted: string | null): Promise<'more' | 'done'> {
    await client.query('BEGIN');
    try {
      const outcome = await this.publishOldest(client, wanted);
      await client.query('COMMIT');
      return outcome;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  private async publishOldest(client: pg.Client, wanted: string | null): Promise<'more' | 'done'> {
    // The aggregate's oldest row is its mutex; SKIP LOCKED over single rows would send 2 before 1.
    const { rows: oldest } = await client.query<{ aggregate: string }>(
      `SELECT aggregate FROM outbox o
        WHERE ($1::text IS NULL OR aggregate = $1)
          AND NOT EXISTS (SELECT 1 FROM outbox p WHERE p.aggregate = o.aggregate AND p.seq < o.seq)
          AND (retry_at IS NULL OR retry_at <= clock_timestamp())
        ORDER BY seq LIMIT 1 FOR UPDATE SKIP LOCKED`,
      [wanted],
    );
    const aggregate = oldest[0]?.aggregate;
    if (aggregate === undefined) {
      return 'done';
    }
    const { rows } = await client.query<Row>(
      `SELECT seq, kind, routing_key, body, headers, event_id, expires_at,
              coalesce(expires_at <= clock_timestamp(), false) AS expired
         FROM outbox WHERE aggregate = $1 ORDER BY seq LIMIT ${String(batchRows)}`,
      [aggregate],
    );
    const { sent, returned } = await this.publishRows(rows);
    await recordPositions(client, sent);
    await client.query('DELETE FROM outbox WHERE seq = ANY($1::bigint[])', [
      sent.map(({ seq }) => seq),
    ]);
    if (returned !== undefined) {
      await client.query(
        "UPDATE outbox SET retry_at = clock_timestamp() + interval '1 second' WHERE seq = $1",
        [returned.seq],
      );
    }
    return 'more';
  }

  /** Those that are done with, and the first that could not be routed yet: nothing may overtake it. */
  private async publishRows(rows: readonly Row[]): Promise<{ sent: Row[]; returned?: Row }> {
    const { publisher } = this.options;
    const started = performance.now();
    const sent: Row[] = [];
    for (const row of rows) {
      const message = messageOf(row);
      if ((await publisher.publish(message)) === 'returned') {
        if (!row.expired) {
          return { sent, returned: row };
        }
        await publisher.deadLetter(message, 'no queue took it before it expired');
      }
      sent.push(row);
      if (performance.now() - started > batchMs) {
        break;
      }
    }
    return { sent };
  }
}

function messageOf(row: Row): OutgoingMessage {
  return {
    kind: row.kind,
    routingKey: row.routing_key,
    body: row.body,
    headers: row.headers,
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
  };
}

/** Numbers the published events in the order of commits: one locked row, last before our own commit. */
async function recordPositions(client: pg.Client, rows: readonly Row[]): Promise<void> {
  const ids = rows.flatMap(({ event_id: id }) => (id === null ? [] : [id]));
  if (ids.length === 0) {
    return;
  }
  await client.query(
    `WITH counter AS (
       INSERT INTO streams (aggregate, n) VALUES ('*', $2)
       ON CONFLICT (aggregate) DO UPDATE SET n = streams.n + $2 RETURNING n)
     UPDATE events SET pos = counter.n - $2 + listed.place
       FROM counter, unnest($1::uuid[]) WITH ORDINALITY AS listed (id, place)
      WHERE events.id = listed.id`,
    [ids, ids.length],
  );
}
