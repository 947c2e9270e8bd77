import type { Writable } from 'node:stream';
import { connect, type ChannelModel } from 'amqplib';
import { pause, settledWithin, within, writeOnceATurn } from '@metalcast/work';
import { deferred, type Deferred } from '../deferred.js';
import type { RpcLogger } from '../logger.js';
import { toleratingHeaders } from './unreadable-headers.js';

interface LinkOptions {
  readonly url: string;
  /** Shown by the broker's tools. */
  readonly name: string;
  readonly heartbeatSeconds: number;
  readonly logger: RpcLogger;
  /** Declares what must exist before the connection is used. */
  readonly onOpen: (model: ChannelModel) => Promise<void>;
}

const openTimeoutMs = 10_000;
const closeTimeoutMs = 2_000;
const longestPauseMs = 5_000;

/**
 * One AMQP connection that is opened again whenever it is lost, until closed.
 * amqplib's own recovery listens for the end of a connection only after the set-up, and so can miss it.
 */
export class AmqpLink {
  readonly #options: LinkOptions;
  readonly #url: string;
  readonly #address: string;
  readonly #closing = new AbortController();
  readonly #ended: Promise<void>;
  #up = deferred<ChannelModel>();
  #model: ChannelModel | undefined;
  /** Settles when the broker reads from the connection again, or the connection is lost. */
  #blocked: Deferred<undefined> | undefined;

  constructor(options: LinkOptions) {
    const url = parseUrl(options.url);
    this.#address = url.host;
    url.searchParams.set('heartbeat', String(options.heartbeatSeconds));
    this.#url = url.href;
    this.#options = options;
    this.#ended = this.#run();
  }

  get connected(): boolean {
    return this.#model !== undefined;
  }

  /** Whether the broker, short of memory or disk, has stopped reading from the connection. */
  get blocked(): boolean {
    return this.#blocked !== undefined;
  }

  /** The present connection, or the next one; rejects once closed. */
  open(): Promise<ChannelModel> {
    return this.#up.promise;
  }

  /** The present or next connection, once the broker reads from it; rejects once closed. */
  async writable(): Promise<ChannelModel> {
    for (;;) {
      const model = await this.open();
      if (this.#blocked === undefined) return model;
      await this.#blocked.promise;
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    if (this.#model !== undefined) await shut(this.#model);
    await settledWithin([this.#ended], closeTimeoutMs);
    this.#up.reject(new Error('the connection was closed'));
  }

  #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #run(): Promise<void> {
    const { logger, name } = this.#options;
    let pauseMs = 100;
    while (!this.#isClosed()) {
      try {
        await this.#session();
        pauseMs = 100;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        logger.warn({ broker: this.#address, connection: name, reason }, 'no broker connection');
        pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      }
      await pause(pauseMs * (0.8 + 0.4 * Math.random()), this.#closing.signal);
    }
  }

  /** Resolves when a usable connection has ended; rejects when the connection never became usable. */
  async #session(): Promise<void> {
    const { logger, name, onOpen } = this.#options;
    const model = await connect(this.#url, {
      timeout: openTimeoutMs,
      noDelay: true,
      clientProperties: { connection_name: name },
    });
    toleratingHeaders(model);
    writeOnceATurn(socketOf(model));
    const fields = { broker: this.#address, connection: name };
    const gone = new Promise<void>((resolve) =>
      model.once('close', () => {
        resolve();
      }),
    );
    model.on('error', ({ message }) => {
      logger.warn({ ...fields, reason: message }, 'broker connection failed');
    });
    model.on('blocked', (reason) => {
      logger.warn({ ...fields, reason }, 'the broker takes no messages for now');
      this.#blocked ??= deferred();
    });
    model.on('unblocked', () => {
      logger.info(fields, 'the broker takes messages again');
      this.#unblock();
    });
    try {
      await within(onOpen(model), openTimeoutMs, () => new Error('setting up took too long'));
      if (this.#isClosed()) return;
      this.#model = model;
      this.#up.resolve(model);
      logger.info(fields, 'connected to the broker');
      await gone;
      if (!this.#isClosed()) logger.warn(fields, 'lost the broker connection');
    } finally {
      if (this.#model !== undefined) this.#up = deferred();
      this.#model = undefined;
      this.#unblock();
      await shut(model);
    }
  }

  #unblock(): void {
    this.#blocked?.resolve(undefined);
    this.#blocked = undefined;
  }
}

/** amqplib's types do not name it. Each frame is written to it by itself. */
const socketOf = (model: ChannelModel): Writable =>
  (model.connection as unknown as { readonly stream: Writable }).stream;

/** Node's own error would contain the whole URL, password included. */
function parseUrl(text: string): URL {
  if (URL.canParse(text)) {
    const url = new URL(text);
    if (['amqp:', 'amqps:'].includes(url.protocol)) return url;
  }
  throw new Error('the broker URL is not of the form amqp://user:password@host:port/vhost');
}

async function shut(model: ChannelModel): Promise<void> {
  // A connection that has ended already throws.
  await settledWithin([model.close()], closeTimeoutMs).catch(() => undefined);
}
