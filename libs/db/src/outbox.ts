import { randomUUID } from 'node:crypto';
import type { Prisma } from './generated/client.js';
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

type Entry = { readonly event: NewEvent } | { readonly cast: CastMessage };

const castLifetimeMs = 600_000;
const eventSource = '/metalcast';

/** Collects a transaction's messages and writes them last, locking streams in one order. */
export class Outgoing {
  private readonly entries = new Map<string, Entry[]>();

  get aggregates(): string[] {
    return [...this.entries.keys()].sort();
  }

  /** Records the event and queues it for publication. */
  emit(event: NewEvent): void {
    this.add(event.subject, { event });
  }

  /** Queues a cast, published in the order of `aggregate`'s messages. */
  cast(aggregate: string, cast: CastMessage): void {
    this.add(aggregate, { cast });
  }

  async flush(sql: Sql): Promise<void> {
    for (const aggregate of this.aggregates) {
      await writeAggregate(sql, aggregate, this.entries.get(aggregate) ?? []);
    }
  }

  private add(aggregate: string, entry: Entry): void {
    const entries = this.entries.get(aggregate);
    if (entries === undefined) {
      this.entries.set(aggregate, [entry]);
    } else {
      entries.push(entry);
    }
  }
}

/** The stream's lock is held to the commit, so `seq` and `n` follow the order of commits. */
async function writeAggregate(
  sql: Sql,
  aggregate: string,
  entries: readonly Entry[],
): Promise<void> {
  const events = entries.filter((entry) => 'event' in entry).length;
  const [stream] = await sql.$queryRaw<{ n: bigint; now: Date }[]>`
    INSERT INTO streams (aggregate, n) VALUES (${aggregate}, ${events})
    ON CONFLICT (aggregate) DO UPDATE SET n = streams.n + ${events}
    RETURNING n, clock_timestamp() AS now`;
  if (stream === undefined) {
    throw new Error(`stream ${aggregate} was not written`);
  }
  let n = stream.n - BigInt(events);
  const eventRows: Prisma.EventCreateManyInput[] = [];
  const outboxRows: Prisma.OutboxCreateManyInput[] = [];
  for (const entry of entries) {
    if ('cast' in entry) {
      outboxRows.push(castRow(aggregate, entry.cast, stream.now));
    } else {
      n += 1n;
      const row = eventRow(entry.event, n, stream.now);
      eventRows.push(row);
      outboxRows.push(outboxRowOf(row, aggregate));
    }
  }
  if (eventRows.length > 0) {
    await sql.event.createMany({ data: eventRows });
  }
  await sql.outbox.createMany({ data: outboxRows });
}

function castRow(aggregate: string, cast: CastMessage, now: Date): Prisma.OutboxCreateManyInput {
  return {
    aggregate,
    kind: 'cast',
    routingKey: cast.routingKey,
    body: cast.body,
    expiresAt: new Date(now.getTime() + (cast.expiresAfterMs ?? castLifetimeMs)),
  };
}

type EventRow = Prisma.EventCreateManyInput & { id: string; time: Date; n: bigint };

function eventRow(event: NewEvent, n: bigint, now: Date): EventRow {
  return {
    id: randomUUID(),
    type: event.type,
    subject: event.subject,
    n,
    epoch: event.epoch ?? null,
    data: event.data,
    requestId: event.requestId ?? null,
    time: now,
  };
}

function outboxRowOf(row: EventRow, aggregate: string): Prisma.OutboxCreateManyInput {
  const cloudEvent = {
    specversion: '1.0',
    id: row.id,
    source: eventSource,
    type: row.type,
    subject: row.subject,
    time: row.time.toISOString(),
    datacontenttype: 'application/json',
    sequence: String(row.n),
    ...(row.epoch === null ? {} : { epoch: row.epoch }),
    ...(row.requestId === null ? {} : { requestid: row.requestId }),
    data: row.data,
  };
  return {
    aggregate,
    kind: 'event',
    routingKey: row.type,
    body: JSON.stringify(cloudEvent),
    eventId: row.id,
  };
}
