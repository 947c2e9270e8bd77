import type { RequestContext } from '@metalcast/contracts';
import { isServiceName } from '@metalcast/domain';
import { within } from '@metalcast/work';
import { AmqpBroker } from './amqp/amqp-broker.js';
import type { Broker } from './broker.js';
import { boundedBroker } from './bounded-broker.js';
import { Replies } from './client/replies.js';
import { StuckMessages } from './consume/stuck.js';
import { LateReplies } from './server/late-replies.js';
import type { RpcLogger } from './logger.js';
import {
  defaultTopology,
  rpcTopology,
  type RpcTopology,
  type TopologyOptions,
} from './topology.js';

export interface RpcOptions extends Partial<Omit<TopologyOptions, 'service'>> {
  /** This process's name among its peers: its server's queue is `<topic>.<host>`. */
  readonly host: string;
  readonly logger: RpcLogger;
  /** Name of the service: it sends by exchanges of its own. The broker's tools show it. */
  readonly service?: string;
  /** Larger messages are neither read nor sent; at most the broker's `max_message_size`. */
  readonly maxMessageBytes?: number;
  /** Whether a handler's error would recur with certainty: then its message is not retried. */
  readonly isPermanent?: (error: unknown) => boolean;
  /** Wraps every handler, so that its logs can carry the request id of `ctx`. */
  readonly runInContext?: <T>(ctx: RequestContext, work: () => Promise<T>) => Promise<T>;
}

export interface AmqpOptions extends RpcOptions {
  /** `amqp://user:password@host:port/vhost`; never logged. */
  readonly url: string;
  /** A silent connection counts as lost after two of these. */
  readonly heartbeatSeconds?: number;
}

/** 4 MiB: a server's user data and files are some 200 KB at most, an explanation of 1,000 nodes about 1 MB. */
export const defaultMaxMessageBytes = 4_194_304;

/** A process's connection to its peers: clients, servers, publishers and subscriptions use it. */
export class RpcConnection {
  readonly broker: Broker;
  readonly host: string;
  readonly logger: RpcLogger;
  readonly topology: RpcTopology;
  readonly maxMessageBytes: number;
  readonly stuck = new StuckMessages();
  readonly lateReplies: LateReplies;
  readonly isPermanent: (error: unknown) => boolean;
  readonly runInContext: NonNullable<RpcOptions['runInContext']>;
  #replies: Replies | undefined;

  constructor(broker: Broker, options: RpcOptions) {
    this.host = options.host;
    this.logger = options.logger;
    this.maxMessageBytes = options.maxMessageBytes ?? defaultMaxMessageBytes;
    this.broker = boundedBroker(broker, this.maxMessageBytes);
    this.lateReplies = new LateReplies(this.broker, options.logger);
    this.topology = topologyOf(options);
    this.isPermanent = options.isPermanent ?? (() => false);
    this.runInContext = options.runInContext ?? ((_, work) => work());
  }

  /** Whether the broker is connected and takes messages (for `/readyz`). */
  get connected(): boolean {
    return this.broker.connected;
  }

  /** Settles when connected; rejects after `timeoutMs`. */
  async ready(timeoutMs: number): Promise<void> {
    await within(
      this.broker.ready(),
      timeoutMs,
      () => new Error(`no message broker within ${timeoutMs} ms`),
    );
  }

  /** The reply queue of this process's calls; created at the first call. */
  get replies(): Replies {
    this.#replies ??= new Replies(this.broker, this.logger, this.maxMessageBytes);
    return this.#replies;
  }

  /** Waits for unconfirmed messages, then disconnects. The owners close servers and subscriptions before. */
  async close(): Promise<void> {
    await this.#replies?.close();
    this.lateReplies.close();
    await this.broker.close();
  }
}

/** Connects in the background and stays connected: it survives any number of broker restarts. */
export function connectRpc(options: AmqpOptions): RpcConnection {
  const { url, logger, host, service = 'metalcast', heartbeatSeconds = 10 } = options;
  const { base } = topologyOf(options);
  const name = `${service} ${host}`;
  return new RpcConnection(new AmqpBroker({ url, name, heartbeatSeconds, logger, base }), options);
}

export function topologyOf({ service, ...options }: Omit<RpcOptions, 'logger'>): RpcTopology {
  return rpcTopology({
    service: service !== undefined && isServiceName(service) ? service : undefined,
    controlExchange: options.controlExchange ?? defaultTopology.controlExchange,
    exchangeDurable: options.exchangeDurable ?? defaultTopology.exchangeDurable,
    workQueues: options.workQueues ?? defaultTopology.workQueues,
  });
}
