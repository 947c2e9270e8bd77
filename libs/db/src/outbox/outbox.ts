// Messages of a transaction. `sequence` numbers the events about one subject over all services, in the order of their
// commits. Delivery in order is promised only within a stream: one service's events about one subject, casts about one
// subject to one topic, and notifications about one subject.
import { randomUUID } from 'node:crypto';
import type { ServiceName } from '@metalcast/domain';
import { castStream, eventStream, notificationStream } from './stream-names.js';

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
  /** uuid of the node, instance, aggregate or network that it is about, whose events it is numbered among. */
  readonly subject: string;
  readonly data: object;
  readonly epoch?: number | undefined;
  readonly requestId?: string | undefined;
}

/** A message in the statement below: with its stream, or an event. */
type Entry = Readonly<{ routing_key: string }> &
  (
    | Readonly<{
        kind: 'cast' | 'notification';
        aggregate: string;
        body: string;
        expires_ms: number;
      }>
    | Readonly<{
        kind: 'event';
        subject: string;
        event_id: string;
        /** All but its number and time. */
        envelope: object;
      }>
  );

/** The state of one stream after the write: a row of `writtenStreams`. */
export interface WrittenStream {
  readonly aggregate: string;
  /** Number of the last event about its subject. */
  readonly n: number;
  /** Number of the last message. */
  readonly written: number;
  /** Number of its messages that need no more publishing. */
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
/** Owner of streams that are written where no process publishes; it is never alive. */
export const nobody = 'nobody';

/** The numbers that a row of `streams` grows by. */
interface Counts {
  events: number;
  messages: number;
}

/** Collects a transaction's messages and writes them last. */
export class Outgoing {
  private readonly entries: Entry[] = [];
  /** Who writes, and who publishes what is written where nothing waits yet. Set by the database. */
  service: ServiceName | undefined;
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

  /** The streams that hold them. */
  get aggregates(): string[] {
    return [...new Set(this.entries.map((entry) => this.streamOf(entry)))].sort();
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
    this.entries.push({ kind: 'event', routing_key: type, subject, event_id: id, envelope });
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

  /** In the order of their calls; each with the number of later events of its subject, or messages of its stream. */
  messages(): unknown {
    const left = this.counts();
    return this.entries.map((entry, place) => {
      const aggregate = this.streamOf(entry);
      const after = countsOf(left, aggregate);
      after.messages -= 1;
      const numbered = countsOf(left, subjectOf(entry) ?? aggregate);
      numbered.events -= entry.kind === 'event' ? 1 : 0;
      const [events_after, messages_after] = [numbered.events, after.messages];
      return { place, events_after, messages_after, ...entry, aggregate };
    });
  }

  /** The rows of streams and subjects, whom they are about, and how many messages and events each of them counts. */
  rows(): unknown {
    return [...this.counts()].map(([aggregate, counts]) => ({
      ...{ aggregate, about: aggregate.slice(aggregate.indexOf(':') + 1) },
      ...counts,
    }));
  }

  private counts(): Map<string, Counts> {
    const counts = new Map<string, Counts>();
    for (const entry of this.entries) {
      countsOf(counts, this.streamOf(entry)).messages += 1;
      const subject = subjectOf(entry);
      if (subject !== undefined) {
        countsOf(counts, subject).events += 1;
      }
    }
    return counts;
  }

  /** The messages of one stream as the outbox has them: the same ids, numbers and times. */
  writtenTo({ aggregate, n, written, time }: WrittenStream): WrittenMessage[] {
    const entries = this.entries.filter((entry) => this.streamOf(entry) === aggregate);
    let sequence = n - entries.filter(({ kind }) => kind === 'event').length;
    return entries.map((entry, place) => {
      sequence += entry.kind === 'event' ? 1 : 0;
      const { kind, routing_key: routingKey } = entry;
      const body =
        entry.kind === 'event'
          ? JSON.stringify({ ...entry.envelope, sequence: String(sequence), time })
          : entry.body;
      return {
        ordinal: written - entries.length + place + 1,
        message: { kind, routingKey, body },
        lifetimeMs: entry.kind === 'event' ? undefined : entry.expires_ms,
      };
    });
  }

  private streamOf(entry: Entry): string {
    return entry.kind === 'event' ? eventStream(this.service, entry.subject) : entry.aggregate;
  }
}

/** Whose events it is numbered among, if it is one. */
const subjectOf = (entry: Entry): string | undefined =>
  entry.kind === 'event' ? entry.subject : undefined;

function countsOf(rows: Map<string, Counts>, name: string): Counts {
  const counts = rows.get(name) ?? { events: 0, messages: 0 };
  rows.set(name, counts);
  return counts;
}
