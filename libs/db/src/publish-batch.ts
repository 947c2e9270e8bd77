import type pg from 'pg';
import type { OutgoingMessage } from './outbox.js';

/** What the relay needs of a broker. Implemented by the rpc library. */
export interface Publisher {
  /**
   * `confirmed`: the broker has it. `returned`: it could not be routed to any queue (said of casts alone;
   * an event that nobody subscribes to is confirmed). Rejects when the broker did not take it; never hangs.
   */
  publish(message: OutgoingMessage): Promise<'confirmed' | 'returned'>;
  /** Keeps a message that nobody took, with the reason, for an operator. */
  deadLetter(message: OutgoingMessage, reason: string): Promise<void>;
}

export interface BatchOutcome {
  /** `done`: nothing was there to publish. */
  readonly next: 'more' | 'done';
  readonly sent: number;
  /** What the publisher threw. The message it threw at is tried again later, and its aggregate waits for it. */
  readonly failure?: { readonly error: unknown; readonly message: OutgoingMessage };
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
const retryMs = 1000;

/**
 * Publishes the oldest messages of one aggregate (null: of whichever has some and is not in another relay's
 * hands), each after the confirm of the one before, and forgets those confirmed. One transaction, of at most
 * 100 messages and about 10 s, so that a blocked broker holds no locks.
 */
export async function publishBatch(
  client: pg.Client,
  publisher: Publisher,
  wanted: string | null,
): Promise<BatchOutcome> {
  await client.query('BEGIN');
  const aggregate = await lockOldest(client, wanted);
  if (aggregate === undefined) {
    await client.query('COMMIT');
    return { next: 'done', sent: 0 };
  }
  const { sent, waiting, failure } = await publishRows(
    publisher,
    await readRows(client, aggregate),
  );
  if (waiting !== undefined) {
    await client.query(
      "UPDATE outbox SET retry_at = clock_timestamp() + $2 * interval '1 millisecond' WHERE seq = $1",
      [waiting.seq, retryMs],
    );
  }
  await client.query('DELETE FROM outbox WHERE seq = ANY($1::bigint[])', [
    sent.map(({ seq }) => seq),
  ]);
  await recordPositions(client, sent);
  await client.query('COMMIT');
  return {
    next: 'more',
    sent: sent.length,
    ...(failure === undefined || waiting === undefined
      ? {}
      : { failure: { error: failure, message: messageOf(waiting) } }),
  };
}

/** An aggregate's oldest row is its mutex; SKIP LOCKED over single rows would send 2 before 1. */
async function lockOldest(client: pg.Client, wanted: string | null): Promise<string | undefined> {
  const { rows } = await client.query<{ aggregate: string }>(
    `SELECT aggregate FROM outbox o
      WHERE ($1::text IS NULL OR aggregate = $1)
        AND NOT EXISTS (SELECT 1 FROM outbox p WHERE p.aggregate = o.aggregate AND p.seq < o.seq)
        AND (retry_at IS NULL OR retry_at <= clock_timestamp())
      ORDER BY seq LIMIT 1 FOR UPDATE SKIP LOCKED`,
    [wanted],
  );
  return rows[0]?.aggregate;
}

async function readRows(client: pg.Client, aggregate: string): Promise<Row[]> {
  const { rows } = await client.query<Row>(
    `SELECT seq, kind, routing_key, body, headers, event_id, expires_at,
            coalesce(expires_at <= clock_timestamp(), false) AS expired
       FROM outbox WHERE aggregate = $1 ORDER BY seq LIMIT $2`,
    [aggregate, batchRows],
  );
  return rows;
}

interface Published {
  /** Those that are done with. */
  readonly sent: Row[];
  /** The first that is not: nothing may overtake it. */
  readonly waiting?: Row;
  readonly failure?: unknown;
}

async function publishRows(publisher: Publisher, rows: readonly Row[]): Promise<Published> {
  const started = performance.now();
  const sent: Row[] = [];
  for (const row of rows) {
    try {
      if (!(await publishRow(publisher, row))) {
        return { sent, waiting: row };
      }
    } catch (failure) {
      return { sent, waiting: row, failure };
    }
    sent.push(row);
    if (performance.now() - started > batchMs) {
      break;
    }
  }
  return { sent };
}

/** False when it must be tried again. */
async function publishRow(publisher: Publisher, row: Row): Promise<boolean> {
  const message = messageOf(row);
  if ((await publisher.publish(message)) === 'confirmed' || row.kind === 'event') {
    return true;
  }
  if (row.expired) {
    await publisher.deadLetter(message, 'no queue took it before it expired');
  }
  return row.expired;
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
