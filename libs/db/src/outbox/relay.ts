import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Loop, settledWithin } from '@metalcast/work';
import { GlobalEventPositions, positionsLease } from './global-event-positions.js';
import type { MessageCarrier, MessageWrite } from './message-carrier.js';
import { nobody, type Outgoing, type OutgoingMessage } from './outbox.js';
import { SharedRun } from '../database/shared-run.js';
import type { Publisher } from './publisher.js';
import { PublisherLease } from './publisher-lease.js';
import { RelayConnection } from './relay-connection.js';
import { StreamPublisher } from './stream-publisher.js';
import { lookAround, readAggregates, retryMs, takeStreams } from './stream-rows.js';

export interface RelayLogger {
  warn(detail: object, message: string): void;
}

export interface RelayOptions {
  readonly url: string;
  readonly publisher: Publisher;
  readonly logger: RelayLogger;
  readonly applicationName: string;
  /** What it may publish: streams of other kinds it leaves to others. Default: everything. */
  readonly kinds?: readonly string[];
  /** How often to look for what dead processes left. */
  readonly sweepMs?: number;
  /** How long a close publishes what this process still has; then others do, once its lease is over. */
  readonly closeMs?: number;
}

const sweepMs = 2000;
const closeMs = 15_000;
/** A write does not wait longer for the right to publish its messages: somebody else will. */
const writeWaitMs = 500;
const lockedMs = 20;
const batchMs = 10_000;
const pollMs = 10;
/** A problem with the broker is logged again after so long without one. */
const quietMs = 10_000;

/**
 * Publishes what the outbox holds: at least once, in order per aggregate; any number side by side. What its own process
 * writes is published from memory once it is committed; what nobody who lives will publish is taken over and read.
 */
export class Relay implements MessageCarrier {
  private readonly connection: RelayConnection;
  private readonly positions: GlobalEventPositions;
  private readonly owner: string;
  private current: StreamPublisher | undefined;
  private readonly renewal = new SharedRun(() => this.renew());
  private readonly wanted = new Set<string>();
  private readonly taking = new SharedRun(
    () => this.takeWanted(),
    () => this.wanted.size > 0,
  );
  private readonly looking: Loop;
  private readonly backlog = new SharedRun(() => this.takeBacklog());
  private readonly retiring = new Set<Promise<void>>();
  private closing = false;
  private closed: Promise<void> | undefined;
  /** Failures that were logged already (broker or database away), so that not every try logs them. */
  private readonly failing = new Set<string>();
  private lastFailure = -Infinity;

  constructor(private readonly options: RelayOptions) {
    this.owner = `${options.applicationName}:${String(process.pid)}:${randomBytes(4).toString('hex')}`;
    this.connection = new RelayConnection({
      ...options,
      onLost: (err) => {
        this.warnOnce('database', { err }, 'outbox relay lost the database; it tries again');
      },
    });
    this.positions = new GlobalEventPositions(this.connection, this.owner);
    this.looking = new Loop({
      work: () => this.look(),
      period: { everyMs: options.sweepMs ?? sweepMs, ifRunning: 'skip' },
      // The connection has logged the error.
      onError: () => undefined,
    });
    this.looking.wake();
    this.looking.start();
  }

  async begin(out: Outgoing): Promise<MessageWrite> {
    const { aggregates } = out;
    const streams = this.closing ? undefined : await this.publishingSoon();
    if (streams === undefined) {
      return {
        owner: nobody,
        committed: () => {
          this.kick(aggregates);
        },
        failed: () => undefined,
      };
    }
    streams.expect(aggregates);
    return {
      owner: streams.owner,
      committed: (written) => {
        for (const stream of written ?? []) {
          if (stream.owner === streams.owner) {
            streams.written(out, stream);
          } else if (stream.owner === nobody) {
            this.kick([stream.aggregate]);
          }
        }
        streams.unexpect(aggregates);
        if (written === undefined) {
          streams.adopt(aggregates);
        }
      },
      failed: ({ perhapsCommitted }) => {
        streams.unexpect(aggregates);
        if (perhapsCommitted) {
          this.retire(streams);
        }
      },
    };
  }

  /** Messages of these aggregates were committed that belong to nobody: it publishes them soon. */
  kick(aggregates: readonly string[]): void {
    if (!this.closing) {
      for (const aggregate of aggregates) {
        this.wanted.add(aggregate);
      }
      this.taking.start();
    }
  }

  /** Publishes what this process still has, as far as the broker takes it within `closeMs`, then ends. Idempotent. */
  close(): Promise<void> {
    this.closed ??= this.end();
    return this.closed;
  }

  private async end(): Promise<void> {
    this.closing = true;
    await settledWithin([this.publishRest()], this.options.closeMs ?? closeMs);
    this.current?.abandon();
    await this.connection.close();
  }

  private async publishRest(): Promise<void> {
    // A look may begin to take what was left.
    await this.looking.stop();
    await Promise.all([this.taking.current, this.backlog.current]);
    await Promise.all([this.positions.close(), ...this.retiring]);
    if (this.current !== undefined) {
      await this.current.finish({ abandon: false });
      await this.current.lease.end().catch(() => undefined);
    }
  }

  /** As `publishing`, for a write, which does not wait for long. */
  private async publishingSoon(): Promise<StreamPublisher | undefined> {
    if (!this.isCurrentFresh) {
      await settledWithin([this.renewal.run()], writeWaitMs);
    }
    return this.usable;
  }

  /** The streams of this process, to which it may add now; undefined when it got no right to any. */
  private async publishing(): Promise<StreamPublisher | undefined> {
    if (!this.isCurrentFresh) {
      await this.renewal.run();
    }
    return this.usable;
  }

  private get isCurrentFresh(): boolean {
    return this.isOurs(this.current) && this.current.lease.isFresh;
  }

  private get usable(): StreamPublisher | undefined {
    return this.isOurs(this.current) && this.current.lease.holds ? this.current : undefined;
  }

  private isOurs(streams: StreamPublisher | undefined): streams is StreamPublisher {
    return streams?.isStopped === false;
  }

  /** Never rejects: what it could not get is tried for again at the next need. */
  private async renew(): Promise<void> {
    try {
      if (this.isOurs(this.current) && (await this.current.lease.renew())) {
        return;
      }
      const lease = await PublisherLease.take(this.connection, this.owner);
      this.current = new StreamPublisher({
        lease,
        connection: this.connection,
        publisher: this.options.publisher,
        onSent: () => {
          this.brokerTook();
        },
        onFailure: (err, message) => {
          this.brokerRefused(err, message);
        },
      });
    } catch {
      // The connection has logged the error.
    }
  }

  /**
   * A write may have put messages into streams of this publisher without its knowledge. It takes no more streams, ends
   * running work, and leaves the rest to other publishers, among them its successor in this process.
   */
  private retire(streams: StreamPublisher): void {
    if (this.current !== streams) {
      return;
    }
    this.current = undefined;
    const retired = streams
      .finish({ abandon: true })
      .then(() => streams.lease.end())
      .catch(() => undefined)
      .finally(() => {
        this.retiring.delete(retired);
      });
    this.retiring.add(retired);
  }

  /** Never rejects: the look finds what was not taken. */
  private async takeWanted(): Promise<void> {
    const streams = await this.publishing();
    const wanted = [...this.wanted].slice(0, readAggregates);
    wanted.forEach((aggregate) => this.wanted.delete(aggregate));
    try {
      if (streams !== undefined) {
        const { taken, locked } = await takeStreams(
          this.connection,
          streams.owner,
          wanted,
          this.kinds,
        );
        streams.adopt(taken);
        if (locked.length > 0 && !this.closing) {
          await delay(lockedMs);
          locked.forEach((aggregate) => this.wanted.add(aggregate));
        }
      }
    } catch {
      // The connection has logged the error.
    }
  }

  private async look(): Promise<void> {
    const { abandoned, unnumbered } = await lookAround(this.connection, positionsLease, this.kinds);
    this.failing.delete('database');
    if (this.closing) {
      return;
    }
    if (unnumbered) {
      this.positions.wake();
    }
    if (abandoned && !this.yieldsToOthers) {
      this.backlog.start();
    }
    if (this.current?.isBusy === true) {
      await this.publishing();
    }
  }

  private get kinds(): readonly string[] | null {
    return this.options.kinds ?? null;
  }

  /** Some at a time, so that what was written just now need not wait for all that was left. Never rejects. */
  private async takeBacklog(): Promise<void> {
    for (let count = readAggregates; count >= readAggregates && !this.closing;) {
      const streams = await this.publishing();
      if (streams === undefined) {
        return;
      }
      const taken = await takeStreams(this.connection, streams.owner, null, this.kinds)
        .then((result) => result.taken)
        .catch(() => []);
      count = taken.length;
      streams.adopt(taken);
      const until = performance.now() + batchMs;
      while (!streams.isStopped && !streams.isDoneWith(taken) && performance.now() < until) {
        await delay(pollMs);
      }
    }
  }

  /**
   * What the broker has just refused to take from this process, another may get rid of: all others have a look first.
   */
  private get yieldsToOthers(): boolean {
    const othersLookedMs = 1.5 * (this.options.sweepMs ?? sweepMs);
    return performance.now() - this.lastFailure < retryMs + othersLookedMs;
  }

  private brokerTook(): void {
    if (performance.now() - this.lastFailure > quietMs) {
      this.failing.delete('broker');
    }
  }

  private brokerRefused(err: unknown, { routingKey }: Pick<OutgoingMessage, 'routingKey'>): void {
    this.lastFailure = performance.now();
    this.warnOnce('broker', { err, routingKey }, 'the broker took no message; the outbox keeps it');
  }

  private warnOnce(what: string, detail: object, message: string): void {
    if (!this.failing.has(what)) {
      this.failing.add(what);
      this.options.logger.warn(detail, message);
    }
  }
}
