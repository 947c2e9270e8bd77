import type { Handlers, RequestContext, Topic } from '@metalcast/contracts';
import type { Consumer, Delivery } from '../broker.js';
import type { RpcConnection } from '../connection.js';
import { SeenIds } from '../consume/duplicates.js';
import { ackRetryOrDeadLetter, type Source } from '../consume/ack-retry-or-dead-letter.js';
import { defaultRetry, type RetryPolicy } from '../consume/retry-policy.js';
import { isCastOrigin } from '../origins.js';
import { fanoutExchange, fanoutQueue, type Queue } from '../topology.js';
import { BadMessage } from '../wire/bad-message.js';
import { readIncoming } from './incoming.js';
import { refuse, replyWithResultOrFault } from './reply-with-result-or-fault.js';
import { baseApiEndpoint } from './base-api.js';
import { Dispatcher, topicEndpoint, type Handler } from './dispatch.js';

export interface ServeOptions {
  /** Messages under way at a time, per queue. Keep it within the database pool's size. */
  readonly prefetch?: number;
  readonly retry?: RetryPolicy;
}

const defaultPrefetch = 16;
const defaultDrainMs = 30_000;

/**
 * Serves a topic: the shared queue, this host's queue, and fanout. A message is acknowledged on the channel that
 * delivered it when its handler has resolved: handlers must be idempotent.
 * A failed call is answered by its fault, also one that makes no sense. A failed cast is retried when that can help,
 * else it goes to `<topic>.dead`.
 */
export class RpcServer {
  readonly #seen = new SeenIds();
  readonly #dispatcher: Dispatcher;
  readonly #retry: RetryPolicy;
  readonly #shared: Consumer;
  readonly #consumers: readonly Consumer[];

  constructor(
    private readonly conn: RpcConnection,
    private readonly topic: Topic,
    handlerOf: (method: string) => Handler,
    { prefetch = defaultPrefetch, retry = defaultRetry }: ServeOptions = {},
  ) {
    this.#retry = retry;
    this.#dispatcher = new Dispatcher([
      topicEndpoint(topic, handlerOf),
      baseApiEndpoint(topic.topic),
    ]);
    const { topology, host } = conn;
    const fanout = fanoutQueue(topic.topic);
    this.#shared = this.#consume(topology.workQueue(topic.topic), prefetch);
    this.#consumers = [
      this.#shared,
      this.#consume(topology.workQueue(topic.topic, host), prefetch),
      this.#consume(fanout, prefetch, true),
    ];
  }

  /** Settles when all queues are declared and consumed; waits for the broker without limit. */
  async ready(): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.ready()));
  }

  /** Stops consuming from the shared queue: a worker without room leaves it to the others. */
  pause(): Promise<void> {
    return this.#shared.pause();
  }

  resume(): Promise<void> {
    return this.#shared.resume();
  }

  /** Stops consuming and waits for the handlers under way. */
  async close(drainMs = defaultDrainMs): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.close(drainMs)));
  }

  #consume(queue: Queue, prefetch: number, transient = false): Consumer {
    const { control, afterPause } = this.conn.topology;
    const source: Source = {
      queue: queue.name,
      deadLettersOf: this.topic.topic,
      retry: transient ? undefined : this.#retry,
    };
    return this.conn.broker.consume({
      exchanges: [control, ...(transient ? [fanoutExchange(this.topic.topic)] : afterPause)],
      queue: () => queue,
      prefetch,
      deleteQueueOnClose: transient,
      onDelivery: (delivery) => this.#handle(source, delivery),
    });
  }

  async #handle(source: Source, delivery: Delivery): Promise<void> {
    let id: string | undefined;
    const done = await ackRetryOrDeadLetter(this.conn, source, delivery, async () => {
      this.#checkOrigin(source, delivery);
      const incoming = readIncoming(delivery.content, this.conn.maxMessageBytes);
      if ('refusal' in incoming) {
        await refuse(this.conn, incoming.caller, incoming.refusal);
        return;
      }
      const { request, ctx, caller } = incoming;
      id = request._unique_id ?? undefined;
      if (id !== undefined && this.#seen.has(id)) return;
      const work = () => this.#run(request, ctx);
      if (caller === undefined) await work();
      else {
        const call = { request, caller, topic: this.topic.topic, ctx };
        await replyWithResultOrFault(this.conn, call, work);
      }
    });
    // Only a successful message counts as seen: a dead-lettered one may come again under the same id.
    if (done && id !== undefined) this.#seen.add(id);
  }

  /**
   * Throws BadMessage. A header of the sender (CC, BCC) takes a message to queues of other keys too, and the broker
   * looks at the sender's right to the routing key alone: so that one must be the queue's. Who publishes to an exchange
   * of its own may use any key: so the exchange must be of one who may send to this topic. A fanout has no key.
   */
  #checkOrigin({ queue, retry }: Source, { exchange, routingKey }: Delivery): void {
    if (retry === undefined) return;
    if (routingKey !== queue) throw new BadMessage(`published as ${routingKey}`);
    if (!isCastOrigin(exchange, this.topic.topic, this.conn.topology)) {
      throw new BadMessage(`published to ${exchange}`);
    }
  }

  #run(request: Parameters<Dispatcher['dispatch']>[0], ctx: RequestContext): Promise<unknown> {
    return this.conn.runInContext(ctx, () => this.#dispatcher.dispatch(request, ctx));
  }
}

/** Serves a topic by plain handlers; in a Nest application OsloServer does it. Settles when it consumes. */
export async function serve<const T extends Topic>(
  conn: RpcConnection,
  topic: T,
  handlers: Handlers<T>,
  options?: ServeOptions,
): Promise<RpcServer> {
  const handlerOf = (method: string): Handler => {
    const handler = handlers[method as keyof T['methods']] as Handler;
    return handler.bind(handlers);
  };
  const server = new RpcServer(conn, topic, handlerOf, options);
  await server.ready();
  return server;
}
