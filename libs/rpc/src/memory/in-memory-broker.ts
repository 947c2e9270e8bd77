import { Fault } from '@metalcast/domain';
import { settledWithin } from '@metalcast/work';
import type { Broker, Consumer, ConsumerSpec, Outcome, Publication } from '../broker.js';
import { directExchange, type Exchange, type Queue, type Topology } from '../topology.js';
import { MessageQueue, Subscriber, type Message } from './message-queue.js';
import { matches } from '../topic-pattern.js';

/**
 * A broker inside the process, for tests. Routing, returns, expiry, dead letters, prefetch and redelivery are
 * RabbitMQ's, as far as the transport uses them. All connections to one instance can reach each other.
 */
export class InMemoryBroker {
  readonly #exchanges = new Map<string, Exchange>();
  readonly #queues = new Map<string, MessageQueue>();

  /** Returns a connection to this broker. */
  connect(base: Topology): Broker {
    this.declare(base);
    return new Connection(this);
  }

  declare({ exchanges, queues }: Topology): void {
    for (const exchange of exchanges) this.#exchanges.set(exchange.name, exchange);
    for (const queue of queues) {
      const known = this.#queues.get(queue.name);
      if (known !== undefined) known.bind(queue);
      else if (queue.isOthers !== true) this.#queues.set(queue.name, this.#newQueue(queue));
    }
  }

  /** Bodies of the messages in a queue, oldest first. */
  waitingIn(queue: string): readonly string[] {
    return this.#queues.get(queue)?.bodies ?? [];
  }

  /** Simulates that all consumers reconnect: unacknowledged messages are redelivered. */
  interrupt(): void {
    for (const queue of this.#queues.values()) {
      for (const subscriber of queue.subscribers) queue.redeliver(subscriber);
    }
  }

  route(message: Message, by = message.exchange): Outcome {
    const queues = this.#targets(by, message.routingKey);
    for (const queue of queues) queue.push(message);
    if (queues.length > 0) return 'confirmed';
    const alternate = this.#exchanges.get(by)?.alternate;
    return alternate === undefined ? 'returned' : this.route(message, alternate);
  }

  hasExchange(name: string): boolean {
    return name === directExchange || this.#exchanges.has(name);
  }

  queueOf(declared: Queue): MessageQueue {
    this.declare({ exchanges: [], queues: [declared] });
    const queue = this.#queues.get(declared.name);
    if (queue === undefined) throw new Error(`no queue ${declared.name}`);
    return queue;
  }

  deleteQueue(name: string): void {
    this.#queues.delete(name);
  }

  #newQueue(declared: Queue): MessageQueue {
    return new MessageQueue(declared, (message) => {
      const exchange = declared.arguments['x-dead-letter-exchange'];
      if (exchange === undefined) return;
      this.route({ ...message, exchange: String(exchange), expirationMs: undefined });
    });
  }

  #targets(exchange: string, key: string): MessageQueue[] {
    const direct = this.#queues.get(key);
    if (exchange === directExchange) return direct === undefined ? [] : [direct];
    const { type, passes } = this.#exchanges.get(exchange) ?? {};
    const fits = fitting(type);
    const own = [...this.#queues.values()].filter(({ bindings }) =>
      bindings.some((binding) => binding.exchange === exchange && fits(binding.key, key)),
    );
    const passed = passes?.keys.some((bound) => fits(bound, key)) === true ? passes.to : undefined;
    return passed === undefined ? own : [...own, ...this.#targets(passed, key)];
  }
}

/** How a binding's key is compared with a message's. */
function fitting(type: Exchange['type'] | undefined): (bound: string, key: string) => boolean {
  if (type === 'fanout') return () => true;
  return type === 'direct' ? (bound, key) => bound === key : matches;
}

class Connection implements Broker {
  readonly #consumers = new Set<InMemoryConsumer>();
  #open = true;

  constructor(private readonly broker: InMemoryBroker) {}

  get connected(): boolean {
    return this.#open;
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  publish({ exchange, mandatory, needs, ...rest }: Publication): Promise<Outcome> {
    if (needs !== undefined) this.broker.declare(needs);
    const { routingKey, body, headers = {}, expirationMs } = rest;
    if (!this.#open || (!mandatory && !this.broker.hasExchange(exchange))) {
      return Promise.reject(new Fault('UNAVAILABLE', { reason: 'No connection or exchange.' }));
    }
    const content = Buffer.from(body);
    const outcome = this.broker.route({ exchange, routingKey, content, headers, expirationMs });
    return Promise.resolve(mandatory ? outcome : 'confirmed');
  }

  consume(spec: ConsumerSpec): Consumer {
    const consumer = new InMemoryConsumer(this.broker, spec);
    this.#consumers.add(consumer);
    return consumer;
  }

  async close(): Promise<void> {
    this.#open = false;
    await Promise.all([...this.#consumers].map((consumer) => consumer.close(0)));
  }
}

class InMemoryConsumer implements Consumer {
  readonly #queue: MessageQueue;
  readonly #subscriber: Subscriber;

  constructor(
    private readonly broker: InMemoryBroker,
    private readonly spec: ConsumerSpec,
  ) {
    broker.declare({ exchanges: spec.exchanges, queues: [] });
    this.#queue = broker.queueOf(spec.queue());
    this.#subscriber = new Subscriber(spec);
    this.#queue.subscribe(this.#subscriber);
    setImmediate(() => spec.onConsuming?.());
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  pause(): Promise<void> {
    this.#subscriber.active = false;
    return Promise.resolve();
  }

  resume(): Promise<void> {
    this.#subscriber.active = true;
    this.#queue.unsubscribe(this.#subscriber, { requeue: false });
    this.#queue.subscribe(this.#subscriber);
    return Promise.resolve();
  }

  async close(drainMs: number): Promise<void> {
    this.#subscriber.active = false;
    await settledWithin(this.#subscriber.underWay, drainMs);
    this.#queue.unsubscribe(this.#subscriber, { requeue: true });
    const { name, autoDelete, exclusive } = this.#queue.declared;
    if (this.spec.deleteQueueOnClose === true || autoDelete || exclusive) {
      this.broker.deleteQueue(name);
    }
  }
}
