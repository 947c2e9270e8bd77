import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { hasBacklog, publishBatch, type Publisher } from './publish-batch.js';
import { sessionOf } from './session.js';

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

const sweepMs = 1000;
const reconnectMs = 1000;
const connectMs = 10_000;
/** A database that has gone silent shows by this. */
const queryMs = 30_000;
/**
 * A batch is idle in its transaction while it waits for the broker: for 20 s at most, the last message and its dead letter
 * included. A relay that hangs longer, or whose host is gone, loses its locks to the others.
 */
const session = [
  'idle_in_transaction_session_timeout=25s',
  'tcp_keepalives_idle=10',
  'tcp_keepalives_interval=5',
  'tcp_keepalives_count=3',
];

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
  private readonly closing = new AbortController();
  /** What is logged once, not at every try: that the broker, that the database is away. */
  private readonly failing = new Set<string>();

  constructor(private readonly options: RelayOptions) {
    this.timer = setInterval(() => {
      this.sweepWanted = true;
      this.wake();
    }, options.sweepMs ?? sweepMs);
    this.wake();
  }

  /** Publish these aggregates' messages soon. Ignored once closed: other processes find them. */
  kick(aggregates: readonly string[]): void {
    if (!this.closing.signal.aborted) {
      for (const aggregate of aggregates) {
        this.wanted.add(aggregate);
      }
      this.wake();
    }
  }

  /** Publishes what this process still has, then ends. Repeatable. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    this.closing.abort();
    // A look at the backlog makes way for what was kicked meanwhile, which is then a run of its own.
    while (this.running !== undefined) {
      await this.running;
    }
    await this.client?.end().catch(() => undefined);
    this.client = undefined;
  }

  private wake(): void {
    this.running ??= this.drainOnce();
  }

  private async drainOnce(): Promise<void> {
    try {
      await this.drain();
    } finally {
      this.running = undefined;
      if (this.wanted.size > 0 || (this.sweepWanted && !this.closing.signal.aborted)) {
        this.wake();
      }
    }
  }

  /** Never rejects. */
  private async drain(): Promise<void> {
    try {
      const client = await this.connected();
      if (this.wanted.size > 0) {
        // Before, not after: a kick that comes during the last look must be a new one.
        const wanted = [...this.wanted];
        this.wanted.clear();
        await this.empty(client, wanted);
      }
      if (this.sweepWanted && !this.closing.signal.aborted) {
        this.sweepWanted = false;
        if (await hasBacklog(client, null)) {
          await this.empty(client, null);
        }
      }
      this.failing.delete('database');
    } catch (error) {
      this.warnOnce('database', { err: error }, 'outbox relay lost the database; it tries again');
      this.disconnect();
      // What is left is found by the sweep.
      this.wanted.clear();
      this.sweepWanted = false;
      await delay(reconnectMs, undefined, { signal: this.closing.signal }).catch(() => undefined);
    }
  }

  /** These aggregates, or (null) whichever have something, until a look finds nothing to do. */
  private async empty(client: pg.Client, wanted: readonly string[] | null): Promise<void> {
    // A process that found the row locked left its own messages to us: hence once more after each batch.
    for (;;) {
      const { next, sent, failure } = await publishBatch(client, this.options.publisher, wanted);
      if (sent > 0 && failure === undefined) {
        this.failing.delete('broker');
      }
      if (failure !== undefined) {
        const detail = { err: failure.error, routingKey: failure.message.routingKey };
        this.warnOnce('broker', detail, 'the broker took no message; the outbox keeps it');
      }
      if (next === 'done' || !(await hasBacklog(client, wanted))) {
        return;
      }
      if (wanted === null && this.wanted.size > 0) {
        // A backlog that the broker does not take must not keep fresh messages waiting.
        this.sweepWanted = true;
        return;
      }
    }
  }

  private warnOnce(what: string, detail: object, message: string): void {
    if (!this.failing.has(what)) {
      this.failing.add(what);
      this.options.logger.warn(detail, message);
    }
  }

  private async connected(): Promise<pg.Client> {
    if (this.client !== undefined) {
      return this.client;
    }
    const client = new pg.Client({
      ...sessionOf(this.options.url, session),
      application_name: this.options.applicationName,
      connectionTimeoutMillis: connectMs,
      query_timeout: queryMs,
      keepAlive: true,
    });
    // A lost connection shows at the next query; without a listener it would end the process.
    client.on('error', () => {
      if (this.client === client) {
        this.client = undefined;
      }
    });
    await client.connect();
    this.client = client;
    return client;
  }

  /** Not waited for: a connection whose other end is gone may never say goodbye. */
  private disconnect(): void {
    this.client?.end().catch(() => undefined);
    this.client = undefined;
  }
}
