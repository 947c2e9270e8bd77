import { randomUUID } from 'node:crypto';
import { Prisma } from './generated/client.js';
import { prepared } from './prepared.js';
import type { Sql } from './sql.js';

/** A message as the relay publishes it. */
export interface OutgoingMessage {
  readonly kind: 'cast' | 'event';
  readonly routingKey: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly expiresAt?: Date;
}

/** A cast as the rpc library writes it down; its `_unique_id` is in the body, fixed for every publish. */
export interface CastMessage {
  readonly routingKey: string;
  readonly body: string;
  /** How long the relay tries to deliver it to a queue. */
  readonly expiresAfterMs?: number;
}

/** A fact to be recorded and published. */
export interface NewEvent {
  readonly type: string;
  /** uuid of the node or instance it is about: also the aggregate in whose order it is published. */
  readonly subject: string;
  readonly data: object;
  readonly epoch?: number | undefined;
  readonly requestId?: string | undefined;
}

/** A row of `message_to_write` in the statement below. */
interface Entry {
  readonly aggregate: string;
  readonly kind: 'cast' | 'event';
  readonly routing_key: string;
  /** Of a cast, as it is. */
  readonly body?: string;
  readonly expires_ms?: number;
  /** Of an event: all but its number and time. */
  readonly event_id?: string;
  readonly envelope?: object;
}

const castLifetimeMs = 600_000;
const eventSource = '/metalcast';

/** Collects a transaction's messages and writes them last. */
export class Outgoing {
  private readonly entries: Entry[] = [];

  get aggregates(): string[] {
    return [...new Set(this.entries.map(({ aggregate }) => aggregate))].sort();
  }

  /** Records the event and queues it for publication. */
  emit({ type, subject, epoch, requestId, data }: NewEvent): void {
    const id = randomUUID();
    const envelope = {
      specversion: '1.0',
      id,
      source: eventSource,
      type,
      subject,
      datacontenttype: 'application/json',
      ...(epoch === undefined ? {} : { epoch }),
      ...(requestId === undefined ? {} : { requestid: requestId }),
      data,
    };
    this.entries.push({
      aggregate: subject,
      kind: 'event',
      routing_key: type,
      event_id: id,
      envelope,
    });
  }

  /** Queues a cast, published in the order of `aggregate`'s messages. */
  cast(aggregate: string, { routingKey, body, expiresAfterMs }: CastMessage): void {
    this.entries.push({
      aggregate,
      kind: 'cast',
      routing_key: routingKey,
      body,
      expires_ms: expiresAfterMs ?? castLifetimeMs,
    });
  }

  /** One statement, whatever there is to tell. */
  async flush(sql: Sql): Promise<void> {
    if (this.entries.length > 0) {
      await sql.$queryRaw`${prepared('flush')} WITH ${messagesWritten(this)} SELECT 1`;
    }
  }

  toJSON(): unknown {
    return this.entries.map((entry, place) => ({ place, ...entry }));
  }
}

/**
 * Common table expressions that write the messages, if `condition` holds: to be put at the end of a WITH. Streams are
 * locked in one order and held to the commit, so `seq` and `n` follow the order of commits.
 */
export const messagesWritten = (
  out: Outgoing,
  condition = Prisma.sql`true`,
): Prisma.Sql => Prisma.sql`
  message_to_write AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(${JSON.stringify(out)}::jsonb)
        AS entry (place int, aggregate text, kind text, routing_key text, body text, expires_ms int, event_id uuid, envelope jsonb)
     WHERE ${condition}
  ), stream AS (
    INSERT INTO streams (aggregate, n)
    SELECT aggregate, count(event_id) FROM message_to_write GROUP BY aggregate ORDER BY aggregate COLLATE "C"
    ON CONFLICT (aggregate) DO UPDATE SET n = streams.n + excluded.n
    RETURNING aggregate, n, date_trunc('milliseconds', clock_timestamp()) AS now
  ), numbered AS MATERIALIZED (
    SELECT m.*, s.now, s.n - count(m.event_id) OVER (PARTITION BY m.aggregate)
                           + count(m.event_id) OVER (PARTITION BY m.aggregate ORDER BY m.place) AS n
      FROM message_to_write m JOIN stream s USING (aggregate)
  ), event_written AS (
    INSERT INTO events (id, type, subject, n, epoch, data, request_id, "time")
    SELECT event_id, routing_key, aggregate, n, (envelope ->> 'epoch')::int, envelope -> 'data', envelope ->> 'requestid', now
      FROM numbered WHERE event_id IS NOT NULL
  ), message_written AS (
    INSERT INTO outbox (aggregate, kind, routing_key, body, event_id, expires_at)
    SELECT aggregate, kind, routing_key,
           coalesce(body, (envelope || jsonb_build_object('sequence', n::text, 'time',
             to_char(now AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))::text),
           event_id, now + expires_ms * interval '1 millisecond'
      FROM numbered ORDER BY place
  )`;
