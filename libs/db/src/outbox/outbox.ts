import { randomUUID } from 'node:crypto';
import { Prisma } from '../sql/prisma.js';
import { prepared } from '../sql/prepared.js';
import type { Queries } from '../sql/queries.js';
import { castStream, notificationStream } from './stream-names.js';

export type MessageKind = 'cast' | 'event' | 'notification';

/** A message as the relay publishes it. */
export interface OutgoingMessage {
  readonly kind: MessageKind;
  readonly routingKey: string;
  readonly body: string;
  /** What is left of its time, by the database's clock. */
  readonly expiresInMs?: number;
}

/** As the rpc library writes it down; its `_unique_id` is in the body, fixed for every publish. */
interface PreparedMessage {
  readonly routingKey: string;
  readonly body: string;
}

export interface CastMessage extends PreparedMessage {
  /** How long the relay tries to deliver it to a queue. */
  readonly expiresAfterMs?: number;
}

/** An OpenStack notification. */
export interface NotificationMessage extends PreparedMessage {
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

/** What has become of the messages about one aggregate, as `writtenStreams` tells it. */
export interface WrittenStream {
  readonly aggregate: string;
  /** Number of the last event. */
  readonly n: number;
  /** Number of the last message. */
  readonly written: number;
  /** How many of its messages were done with. */
  readonly sent: number;
  /** Who publishes them. */
  readonly owner: string;
  readonly time: string;
}

/** A message that was written, with its number in its stream. */
export interface WrittenMessage {
  readonly ordinal: number;
  readonly message: Omit<OutgoingMessage, 'expiresInMs'>;
  readonly lifetimeMs: number | undefined;
}

const castLifetimeMs = 600_000;
const eventSource = '/metalcast';
/** Owns streams for want of a process that publishes, and is never alive. */
export const nobody = 'nobody';

/** Collects a transaction's messages and writes them last. */
export class Outgoing {
  private readonly entries: Entry[] = [];
  /** Who publishes what is written where nothing waits yet. Set by the database. */
  owner = nobody;

  get isEmpty(): boolean {
    return this.entries.length === 0;
  }

  get count(): number {
    return this.entries.length;
  }

  /** Drops all messages but the first `count`. */
  keepFirst(count: number): void {
    this.entries.length = count;
  }

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

  /** Queues a cast, published in the order of the casts to its topic about `aggregate`. */
  cast(aggregate: string, { routingKey, body, expiresAfterMs }: CastMessage): void {
    this.entries.push({
      aggregate: castStream(routingKey, aggregate),
      kind: 'cast',
      routing_key: routingKey,
      body,
      expires_ms: expiresAfterMs ?? castLifetimeMs,
    });
  }

  /**
   * Queues a notification about an instance. They have an order of their own: none of its casts waits for one that is
   * refused.
   */
  notify(instance: string, { routingKey, body, expiresAfterMs }: NotificationMessage): void {
    this.entries.push({
      aggregate: notificationStream(instance),
      kind: 'notification',
      routing_key: routingKey,
      body,
      expires_ms: expiresAfterMs,
    });
  }

  /** One statement, whatever there is to tell. */
  async flush(sql: Queries): Promise<readonly WrittenStream[]> {
    const [row] = await sql.$queryRaw<{ written_streams: WrittenStream[] | null }[]>`
      ${prepared('flush')} WITH ${messagesWritten(this)} SELECT ${writtenStreams}`;
    return row?.written_streams ?? [];
  }

  /** In the order in which they were said, with how many events and messages of the aggregate come after. */
  messages(): unknown {
    const left = new Map(this.streams().map((stream) => [stream.aggregate, { ...stream }]));
    return this.entries.map((entry, place) => {
      const after = left.get(entry.aggregate) ?? { events: 0, messages: 0 };
      after.events -= entry.kind === 'event' ? 1 : 0;
      after.messages -= 1;
      return { place, events_after: after.events, messages_after: after.messages, ...entry };
    });
  }

  /** The aggregates with the numbers of their events and of all their messages. */
  streams(): { aggregate: string; events: number; messages: number }[] {
    return this.aggregates.map((aggregate) => {
      const entries = this.entries.filter((entry) => entry.aggregate === aggregate);
      const events = entries.filter(({ kind }) => kind === 'event').length;
      return { aggregate, events, messages: entries.length };
    });
  }

  /** The messages of one aggregate as the outbox has them: the same ids, numbers and times. */
  writtenTo({ aggregate, n, written, time }: WrittenStream): WrittenMessage[] {
    const entries = this.entries.filter((entry) => entry.aggregate === aggregate);
    let sequence = n - entries.filter(({ kind }) => kind === 'event').length;
    return entries.map(({ kind, routing_key: routingKey, body, envelope, expires_ms }, place) => {
      sequence += kind === 'event' ? 1 : 0;
      return {
        ordinal: written - entries.length + place + 1,
        message: {
          kind,
          routingKey,
          body: body ?? JSON.stringify({ ...envelope, sequence: String(sequence), time }),
        },
        lifetimeMs: expires_ms,
      };
    });
  }
}

/**
 * Common table expressions that write the messages, if `condition` holds: to be put at the end of a WITH, whose SELECT
 * should have `writtenStreams` among its columns. Streams are locked in one order and held to the commit, so `seq`, `n`
 * and `ordinal` follow the order of commits. Whoever owns the stream publishes them; where nothing waited it is
 * `out.owner`.
 */
export const messagesWritten = (
  out: Outgoing,
  condition = Prisma.sql`true`,
): Prisma.Sql => Prisma.sql`
  stream AS (
    INSERT INTO streams (aggregate, n, written, owner)
    SELECT aggregate, events, messages, ${out.owner}::text
      FROM jsonb_to_recordset(${JSON.stringify(out.streams())}::jsonb) AS counted (aggregate text, events int, messages int)
     WHERE ${condition} ORDER BY aggregate COLLATE "C"
    ON CONFLICT (aggregate) DO UPDATE
       SET n = streams.n + excluded.n, written = streams.written + excluded.written, owner = coalesce(streams.owner, excluded.owner)
    RETURNING aggregate, n, written, sent, owner, date_trunc('milliseconds', clock_timestamp()) AS now
  ), numbered AS MATERIALIZED (
    SELECT m.*, s.now, s.n - m.events_after AS n, s.written - m.messages_after AS ordinal, ${timeText(Prisma.sql`s.now`)} AS time
      FROM stream s
      JOIN jsonb_to_recordset(${JSON.stringify(out.messages())}::jsonb)
        AS m (place int, events_after int, messages_after int, aggregate text, kind text, routing_key text, body text,
              expires_ms int, event_id uuid, envelope jsonb)
     USING (aggregate)
  ), event_written AS (
    INSERT INTO events (id, type, subject, n, epoch, data, request_id, "time")
    SELECT event_id, routing_key, aggregate, n, (envelope ->> 'epoch')::int, envelope -> 'data', envelope ->> 'requestid', now
      FROM numbered WHERE event_id IS NOT NULL ORDER BY place
  ), message_written AS (
    INSERT INTO outbox (aggregate, ordinal, kind, routing_key, body, event_id, expires_at)
    SELECT aggregate, ordinal, kind, routing_key,
           coalesce(body, (envelope || jsonb_build_object('sequence', n::text, 'time', time))::text),
           event_id, now + expires_ms * interval '1 millisecond'
      FROM numbered ORDER BY place
  )`;

/** A column for the SELECT behind `messagesWritten`: what a process needs to publish the messages from its memory. */
export const writtenStreams = Prisma.sql`
  (SELECT jsonb_agg(jsonb_build_object('aggregate', aggregate, 'n', n, 'written', written, 'sent', sent, 'owner', owner,
                                       'time', ${timeText(Prisma.sql`now`)})) FROM stream) AS written_streams`;

/** As events tell the time. */
function timeText(time: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
