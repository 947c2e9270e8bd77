import type pg from 'pg';
import type { MessageKind, OutgoingMessage } from './outbox.js';

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
  /** What the publisher threw first. The message it threw at is tried again later, and its aggregate waits for it. */
  readonly failure?: { readonly error: unknown; readonly message: OutgoingMessage };
}

interface Row {
  readonly seq: string;
  readonly aggregate: string;
  readonly kind: MessageKind;
  readonly routing_key: string;
  readonly body: string;
  readonly headers: Record<string, string>;
  readonly event_id: string | null;
  readonly expires_in_ms: number | null;
}

/** At once in one relay's hands; their messages are published side by side. */
const batchAggregates = 64;
const batchRows = 256;
const batchMs = 10_000;
const retryMs = 1000;

/**
 * Publishes the oldest messages of some aggregates (null: of whichever have some and are not in another relay's
 * hands), each after the confirm of the one before in its aggregate, and forgets those confirmed. One transaction, of at most
 * 256 messages and about 10 s, so that a blocked broker holds no locks.
 */
export async function publishBatch(
  client: pg.Client,
  publisher: Publisher,
  wanted: readonly string[] | null,
): Promise<BatchOutcome> {
  await client.query('BEGIN');
  const rows = await takeOldest(client, wanted);
  if (rows.length === 0) {
    await client.query('COMMIT');
    return { next: 'done', sent: 0 };
  }
  const queues = byAggregate(rows);
  const started = performance.now();
  const published = await Promise.all(
    [...queues.values()].map((rows) => publishRows(publisher, rows, started)),
  );
  const sent = published.flatMap((each) => each.sent);
  await settle(
    client,
    sent,
    published.flatMap(({ waiting }) => waiting ?? []),
  );
  await client.query('COMMIT');
  const failed = published.find(({ failure }) => failure !== undefined);
  return {
    next: 'more',
    sent: sent.length,
    ...(failed?.waiting === undefined
      ? {}
      : { failure: { error: failed.failure, message: messageOf(failed.waiting) } }),
  };
}

/** Whether some of these aggregates, or (null) any, have something to publish now: one statement, where a batch takes four. */
export async function hasBacklog(
  client: pg.Client,
  wanted: readonly string[] | null,
): Promise<boolean> {
  const { rows } = await client.query<{ waits: boolean }>({
    name: 'look_for_backlog',
    text: `SELECT EXISTS (SELECT 1 FROM outbox o
      WHERE ($1::text[] IS NULL OR aggregate = ANY ($1))
        AND NOT EXISTS (SELECT 1 FROM outbox p WHERE p.aggregate = o.aggregate AND p.seq < o.seq)
        AND (retry_at IS NULL OR retry_at <= clock_timestamp())) AS waits`,
    values: [wanted],
  });
  return rows[0]?.waits === true;
}

/**
 * Locks the oldest row of each of some aggregates, which is the aggregate's mutex (SKIP LOCKED over single rows would send 2 before
 * 1), and reads the oldest of their rows: of each aggregate those without a gap. A row that another relay has
 * deleted since this statement began is not locked, so none of its aggregate is read.
 */
async function takeOldest(client: pg.Client, wanted: readonly string[] | null): Promise<Row[]> {
  const { rows } = await client.query<Row>({
    name: 'take_oldest',
    text: `WITH oldest AS MATERIALIZED (
        SELECT aggregate FROM outbox o
         WHERE ($1::text[] IS NULL OR aggregate = ANY ($1))
           AND NOT EXISTS (SELECT 1 FROM outbox p WHERE p.aggregate = o.aggregate AND p.seq < o.seq)
           AND (retry_at IS NULL OR retry_at <= clock_timestamp())
         ORDER BY seq LIMIT $2 FOR UPDATE SKIP LOCKED)
      SELECT seq, aggregate, kind, routing_key, body, headers, event_id,
             (extract(epoch FROM expires_at - clock_timestamp()) * 1000)::float8 AS expires_in_ms
        FROM outbox WHERE aggregate = ANY (ARRAY(SELECT aggregate FROM oldest)) ORDER BY seq LIMIT $3`,
    values: [wanted, batchAggregates, batchRows],
  });
  return rows;
}

function byAggregate(rows: readonly Row[]): Map<string, Row[]> {
  const queues = new Map<string, Row[]>();
  for (const row of rows) {
    const queue = queues.get(row.aggregate);
    if (queue === undefined) {
      queues.set(row.aggregate, [row]);
    } else {
      queue.push(row);
    }
  }
  return queues;
}

interface Published {
  /** Those that are done with. */
  readonly sent: Row[];
  /** The first that is not: nothing may overtake it. */
  readonly waiting?: Row;
  readonly failure?: unknown;
}

async function publishRows(
  publisher: Publisher,
  rows: readonly Row[],
  started: number,
): Promise<Published> {
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

/** False when it must be tried again. A notification that waited too long is dropped, as its queue would have done. */
async function publishRow(publisher: Publisher, row: Row): Promise<boolean> {
  if (row.kind === 'notification' && isExpired(row)) {
    return true;
  }
  const message = messageOf(row);
  if ((await publisher.publish(message)) === 'confirmed' || row.kind !== 'cast') {
    return true;
  }
  const expired = isExpired(row);
  if (expired) {
    await publisher.deadLetter(message, 'no queue took it before it expired');
  }
  return expired;
}

const isExpired = ({ expires_in_ms: leftMs }: Row): boolean => leftMs !== null && leftMs <= 0;

function messageOf(row: Row): OutgoingMessage {
  return {
    kind: row.kind,
    routingKey: row.routing_key,
    body: row.body,
    headers: row.headers,
    ...(row.expires_in_ms === null ? {} : { expiresInMs: row.expires_in_ms }),
  };
}

/**
 * Forgets what is sent and lets rest what is not. Published events are numbered in the order of commits: one locked row, last
 * before our own commit.
 */
async function settle(
  client: pg.Client,
  sent: readonly Row[],
  waiting: readonly Row[],
): Promise<void> {
  const events = sent
    .toSorted((one, other) => Number(BigInt(one.seq) - BigInt(other.seq)))
    .flatMap(({ event_id: id }) => (id === null ? [] : [id]));
  await client.query({
    name: 'settle_batch',
    text: `WITH gone AS (
         DELETE FROM outbox WHERE seq = ANY ($1::bigint[])
       ), resting AS (
         UPDATE outbox SET retry_at = clock_timestamp() + $3 * interval '1 millisecond' WHERE seq = ANY ($2::bigint[])
       ), counter AS (
         INSERT INTO streams (aggregate, n) SELECT '*', $5::bigint WHERE $5::bigint > 0
         ON CONFLICT (aggregate) DO UPDATE SET n = streams.n + excluded.n RETURNING n)
       UPDATE events SET pos = counter.n - $5::bigint + listed.place
         FROM counter, unnest($4::uuid[]) WITH ORDINALITY AS listed (id, place)
        WHERE events.id = listed.id`,
    values: [seqs(sent), seqs(waiting), retryMs, events, events.length],
  });
}

const seqs = (rows: readonly Row[]): string[] => rows.map(({ seq }) => seq);
