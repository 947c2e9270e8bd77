import { randomUUID } from 'node:crypto';
import { Prisma } from './generated/client.js';
import { prepared } from './prepared.js';
import type { Queries } from './queries.js';

export type MessageKind = 'cast' | 'event' | 'notification';

/** A message as the relay publishes it. */
export interface OutgoingMessage {
  readonly kind: MessageKind;
  readonly routingKey: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What is left of its time, by the database's clock. */
  readonly expiresInMs?: number;
}

/** As the rpc library writes it down; its `_unique_id` is in the body, fixed for every publish. */
interface WrittenMessage {
  readonly routingKey: string;
  readonly body: string;
}

export interface CastMessage extends WrittenMessage {
  /** How long the relay tries to deliver it to a queue. */
  readonly expiresAfterMs?: number;
}

/** An OpenStack notification. */
export interface NotificationMessage extends WrittenMessage {
  /** How long it waits for a listener. */
  readonly expiresAfterMs: number;
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

/** A message in the statement below. */
interface Entry {
  readonly aggregate: string;
  readonly kind: MessageKind;
  readonly routing_key: string;
  /** Of all but events, as it is. */
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
  private isWritten = false;

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

  /** Queues a notification about an instance. They have an order of their own: none of its casts waits for one that is refused. */
  notify(instance: string, { routingKey, body, expiresAfterMs }: NotificationMessage): void {
    this.entries.push({
      aggregate: `notifications:${instance}`,
      kind: 'notification',
      routing_key: routingKey,
      body,
      expires_ms: expiresAfterMs,
    });
  }

  /** One statement, whatever there is to tell. */
  async flush(sql: Queries): Promise<void> {
    if (this.entries.length > 0 && !this.isWritten) {
      await sql.$queryRaw`${prepared('flush')} WITH ${messagesWritten(this)} SELECT 1`;
    }
  }

  /** A statement of the transaction has written them with its own changes (`messagesWritten`). */
  markWritten(): void {
    this.isWritten = true;
  }

  /** In the order in which they were said; `back`: how many events of the aggregate come after. */
  messages(): unknown {
    const events = this.events();
    return this.entries.map((entry, place) => {
      const { aggregate, kind } = entry;
      const left = (events.get(aggregate) ?? 0) - (kind === 'event' ? 1 : 0);
      events.set(aggregate, left);
      return { place, back: left, ...entry };
    });
  }

  /** The aggregates with the number of their events. */
  streams(): unknown {
    const events = this.events();
    return this.aggregates.map((aggregate) => ({ aggregate, events: events.get(aggregate) ?? 0 }));
  }

  private events(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { aggregate, kind } of this.entries) {
      counts.set(aggregate, (counts.get(aggregate) ?? 0) + (kind === 'event' ? 1 : 0));
    }
    return counts;
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
  stream AS (
    INSERT INTO streams (aggregate, n)
    SELECT aggregate, events FROM jsonb_to_recordset(${JSON.stringify(out.streams())}::jsonb) AS counted (aggregate text, events int)
     WHERE ${condition} ORDER BY aggregate COLLATE "C"
    ON CONFLICT (aggregate) DO UPDATE SET n = streams.n + excluded.n
    RETURNING aggregate, n, date_trunc('milliseconds', clock_timestamp()) AS now
  ), numbered AS MATERIALIZED (
    SELECT m.*, s.now, s.n - m.back AS n
      FROM stream s
      JOIN jsonb_to_recordset(${JSON.stringify(out.messages())}::jsonb)
        AS m (place int, back int, aggregate text, kind text, routing_key text, body text, expires_ms int, event_id uuid, envelope jsonb)
     USING (aggregate)
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
