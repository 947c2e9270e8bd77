import { setTimeout as delay } from 'node:timers/promises';
import type { Outgoing, WrittenStream } from './outbox.js';
import type { PublisherLease } from './publisher-lease.js';
import { publishMessage, type Publisher, type WaitingMessage } from './publisher.js';
import { SharedRun } from '../database/shared-run.js';
import type { RelayConnection } from './relay-connection.js';
import { SettlePace } from './settle-pace.js';
import { StreamQueue } from './stream-queue.js';
import { readAggregates, readStreams, settleStreams, type ReadStream } from './stream-rows.js';

export interface StreamPublisherOptions {
  readonly connection: RelayConnection;
  readonly lease: PublisherLease;
  readonly publisher: Publisher;
  /** The broker has taken a message, so it is there. */
  readonly onSent: () => void;
  /** The broker did not take it; it is tried again. */
  readonly onFailure: (error: unknown, message: WaitingMessage['message']) => void;
}

const retryMs = 500;
const closingRetryMs = 10;

/**
 * Publishes the streams that one lease owns, all side by side, each message after the confirm of the one before.
 * Nothing is locked meanwhile. When the lease is over it stops for good and knows nothing any more: others go on by the
 * rows.
 */
export class StreamPublisher {
  private readonly queues = new Map<string, StreamQueue>();
  /** Whose progress the database does not know yet. */
  private readonly unsettled = new Set<StreamQueue>();
  /** Of which something waits in the outbox that is not in memory. */
  private readonly unread = new Set<StreamQueue>();
  private readonly runs = new Map<StreamQueue, Promise<void>>();
  private readonly settling = new SharedRun(
    () => this.settleSoon(),
    () => !this.isGone && (this.unsettled.size > 0 || this.unread.size > 0),
  );
  private readonly pace = new SettlePace();
  private stopped = false;
  private closing = false;

  constructor(private readonly options: StreamPublisherOptions) {}

  get owner(): string {
    return this.options.lease.owner;
  }

  get lease(): PublisherLease {
    return this.options.lease;
  }

  get isStopped(): boolean {
    return this.stopped;
  }

  /** Whether anything is in its hands. */
  get isBusy(): boolean {
    return this.runs.size > 0 || this.unsettled.size > 0 || this.unread.size > 0;
  }

  /** A write begins that may add messages to the streams of these aggregates. */
  expect(aggregates: readonly string[]): void {
    for (const aggregate of aggregates) {
      const queue = this.queues.get(aggregate);
      if (queue === undefined) {
        const fresh = new StreamQueue(aggregate, 0);
        fresh.phase = 'done';
        fresh.writes = 1;
        this.queues.set(aggregate, fresh);
      } else {
        queue.writes += 1;
      }
    }
  }

  /** The write is over; if it wrote messages, `written` was called before. */
  unexpect(aggregates: readonly string[]): void {
    for (const aggregate of aggregates) {
      const queue = this.queues.get(aggregate);
      if (queue !== undefined) {
        queue.writes -= 1;
        this.forgetIfDone(queue);
      }
    }
  }

  /** What a write of this process has put into a stream that it owns. */
  written(out: Outgoing, stream: WrittenStream): void {
    const queue = this.queueOf(stream.aggregate);
    if (this.stopped || !queue.ownedAt(stream.sent, stream.written)) {
      return;
    }
    const now = performance.now();
    queue.add(
      out.writtenTo(stream).map(({ ordinal, message, lifetimeMs }) => ({
        ordinal,
        message,
        expiresAt: lifetimeMs === undefined ? undefined : now + lifetimeMs,
      })),
    );
    this.proceed(queue);
  }

  /** Streams that may be ours, by what the rows say. */
  adopt(aggregates: readonly string[]): void {
    for (const aggregate of aggregates) {
      this.unread.add(this.queueOf(aggregate));
    }
    this.settling.start();
  }

  /** Whether all of these have been published, or given back. */
  isDoneWith(aggregates: readonly string[]): boolean {
    return aggregates.every((aggregate) => {
      const queue = this.queues.get(aggregate);
      return queue === undefined || (queue.phase !== 'owned' && !this.unread.has(queue));
    });
  }

  /** It begins no further message. */
  abandon(): void {
    this.stopped = true;
  }

  /** Publishes all known messages and stores the outcome; `abandon`: begins no further message. */
  async finish({ abandon }: { readonly abandon: boolean }): Promise<void> {
    if (abandon) {
      this.abandon();
    }
    // Streams that are being read stand in neither set at this moment.
    await this.settling.current;
    for (let looks = 0; looks < 2 && this.unread.size > 0; looks += 1) {
      await this.settling.run();
    }
    this.closing = true;
    while (this.runs.size > 0 || this.unsettled.size > 0) {
      await Promise.all(this.runs.values());
      if (!this.lease.holds) {
        return;
      }
      await this.settling.run();
    }
  }

  private queueOf(aggregate: string): StreamQueue {
    let queue = this.queues.get(aggregate);
    if (queue === undefined) {
      queue = new StreamQueue(aggregate, 0);
      this.queues.set(aggregate, queue);
    }
    return queue;
  }

  /** Publishes the messages that are here, and reads the missing ones. */
  private proceed(queue: StreamQueue): void {
    if (queue.running || this.stopped) {
      return;
    }
    if (queue.head() === undefined) {
      if (!queue.isEmpty) {
        this.unread.add(queue);
        this.settling.start();
      }
      return;
    }
    queue.running = true;
    this.runs.set(queue, this.run(queue));
  }

  private async run(queue: StreamQueue): Promise<void> {
    await this.publish(queue);
    queue.running = false;
    this.runs.delete(queue);
    this.proceed(queue);
  }

  /** One after the other, until one is missing. Never rejects. */
  private async publish(queue: StreamQueue): Promise<void> {
    const { lease, publisher, onSent, onFailure } = this.options;
    for (let next = queue.head(); next !== undefined && !this.stopped; next = queue.head()) {
      if (!(await lease.hold().catch(() => false))) {
        this.stopped = true;
        return;
      }
      try {
        if (!(await publishMessage(publisher, next))) {
          queue.rest();
        }
      } catch (error) {
        queue.rest();
        onFailure(error, next.message);
      }
      if (queue.phase === 'owned') {
        queue.advance();
        onSent();
      }
      this.unsettled.add(queue);
      this.settling.start();
    }
  }

  /** A stopped publisher still stores confirms while its lease holds. */
  private get isGone(): boolean {
    return this.stopped && !this.lease.holds;
  }

  /** Never rejects: the connection logs that the database is away. */
  private async settleSoon(): Promise<void> {
    await delay(this.closing || this.unread.size > 0 ? 0 : this.pace.gatherMs());
    try {
      await this.settle();
      await this.read();
    } catch {
      await delay(this.closing ? closingRetryMs : retryMs);
    }
    if (!(await this.lease.hold().catch(() => this.lease.holds))) {
      this.stopped = true;
    }
  }

  private async settle(): Promise<void> {
    const told = [...this.unsettled].map((queue) => ({
      queue,
      aggregate: queue.aggregate,
      sent: queue.sent,
      rests: queue.phase === 'resting',
    }));
    if (told.length === 0) {
      return;
    }
    this.pace.note(told.length);
    const settled = await settleStreams(this.options.connection, this.owner, told);
    const outcomes = new Map(settled.map(({ aggregate, outcome }) => [aggregate, outcome]));
    for (const { queue, sent, rests } of told) {
      const outcome = outcomes.get(queue.aggregate);
      const isLast = queue.sent === sent && rests === (queue.phase === 'resting');
      if (isLast && outcome !== 'locked') {
        this.unsettled.delete(queue);
        if (outcome === 'kept') {
          this.unread.add(queue);
        } else {
          this.release(queue);
        }
      }
    }
  }

  /** It was released; more may have been written to it since, which is in the queue or on its way there. */
  private release(queue: StreamQueue): void {
    if (queue.phase === 'owned' && queue.isEmpty && !queue.running) {
      queue.phase = 'done';
    }
    this.forgetIfDone(queue);
  }

  private async read(): Promise<void> {
    if (this.closing || this.stopped) {
      this.unread.clear();
      return;
    }
    const wanted = [...this.unread].filter(
      (queue) => !queue.running && queue.head() === undefined && !this.unsettled.has(queue),
    );
    this.unread.clear();
    for (let start = 0; start < wanted.length; start += readAggregates) {
      const part = wanted.slice(start, start + readAggregates);
      const aggregates = part.map(({ aggregate }) => aggregate);
      const streams = await readStreams(this.options.connection, this.owner, aggregates).catch(
        (error: unknown) => {
          wanted.slice(start).forEach((queue) => this.unread.add(queue));
          throw error;
        },
      );
      const found = new Map(streams.map((stream) => [stream.aggregate, stream]));
      for (const queue of part) {
        this.continueWith(queue, found.get(queue.aggregate));
      }
    }
  }

  /** `stream` is undefined when the stream is not ours. */
  private continueWith(queue: StreamQueue, stream: ReadStream | undefined): void {
    const isKnown = queue.running || queue.head() !== undefined;
    if (stream !== undefined) {
      queue.own(stream.sent);
      if (!isKnown) {
        queue.skipTo(stream.messages[0]?.ordinal ?? stream.written + 1);
      }
      queue.add(stream.messages);
      if (stream.messages.length === 0) {
        this.unsettled.add(queue);
      }
      this.proceed(queue);
    } else if (!isKnown) {
      this.release(queue);
    }
  }

  private forgetIfDone(queue: StreamQueue): void {
    const idle = queue.phase !== 'owned' && !queue.running && queue.writes === 0;
    if (idle && !this.unsettled.has(queue) && !this.unread.has(queue)) {
      this.queues.delete(queue.aggregate);
    }
  }
}
