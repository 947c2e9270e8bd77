import type { ConsumerSpec, Delivery } from '../broker.js';
import type { Queue } from '../topology.js';

export interface Message {
  /** To which it was published. */
  readonly exchange: string;
  readonly routingKey: string;
  readonly content: Uint8Array;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly expirationMs: number | undefined;
}

interface Held extends Message {
  deliveries: number;
  timer?: NodeJS.Timeout;
}

/** A consumer from the queue's side: unacknowledged messages, and those under way. */
export class Subscriber {
  readonly unacked = new Set<Held>();
  readonly underWay = new Set<Promise<void>>();
  active = true;

  constructor(readonly spec: ConsumerSpec) {}

  get hasRoom(): boolean {
    return this.active && this.unacked.size < this.spec.prefetch;
  }
}

/** A queue in memory: round robin, prefetch, expiry, redelivery. */
export class MessageQueue {
  readonly #held: Held[] = [];
  readonly #subscribers: Subscriber[] = [];
  #bindings: Queue['bindings'];

  constructor(
    readonly declared: Queue,
    private readonly deadLetter: (message: Message) => void,
  ) {
    this.#bindings = [...declared.bindings];
  }

  get bindings(): Queue['bindings'] {
    return this.#bindings;
  }

  /** Declared again: bindings are added; only those named as former are removed. */
  bind({ bindings, formerBindings = [] }: Queue): void {
    const replaced = [...formerBindings, ...bindings];
    const kept = this.#bindings.filter(
      (own) => !replaced.some(({ exchange, key }) => own.exchange === exchange && own.key === key),
    );
    this.#bindings = [...kept, ...bindings];
  }

  get length(): number {
    return this.#held.length;
  }

  /** Bodies of waiting messages, oldest first. */
  get bodies(): readonly string[] {
    return this.#held.map(({ content }) => Buffer.from(content).toString());
  }

  push(message: Message): void {
    const held: Held = { ...message, deliveries: 0 };
    const ttl = Number(this.declared.arguments['x-message-ttl'] ?? Infinity);
    const expiresMs = Math.min(ttl, message.expirationMs ?? Infinity);
    if (Number.isFinite(expiresMs)) {
      held.timer = setTimeout(() => {
        this.#expire(held);
      }, expiresMs);
      held.timer.unref();
    }
    this.#held.push(held);
    this.#schedule();
  }

  subscribe(subscriber: Subscriber): void {
    this.#subscribers.push(subscriber);
    this.#schedule();
  }

  /** Removes the subscriber. Its unacknowledged messages are redelivered, unless it continues with them. */
  unsubscribe(subscriber: Subscriber, { requeue }: { readonly requeue: boolean }): void {
    const at = this.#subscribers.indexOf(subscriber);
    if (at >= 0) this.#subscribers.splice(at, 1);
    if (requeue) this.redeliver(subscriber);
  }

  redeliver(subscriber: Subscriber): void {
    this.#held.unshift(...subscriber.unacked);
    subscriber.unacked.clear();
    this.#schedule();
  }

  get subscribers(): readonly Subscriber[] {
    return this.#subscribers;
  }

  #expire(held: Held): void {
    const at = this.#held.indexOf(held);
    if (at < 0) return;
    this.#held.splice(at, 1);
    this.deadLetter(held);
  }

  #schedule(): void {
    setImmediate(() => {
      this.#deliver();
    });
  }

  #deliver(): void {
    for (;;) {
      const next = this.#subscribers.findIndex(({ hasRoom }) => hasRoom);
      const subscriber = this.#subscribers[next];
      if (subscriber === undefined) return;
      const held = this.#held.shift();
      if (held === undefined) return;
      // Moves to the end of the list: round robin.
      this.#subscribers.splice(next, 1);
      this.#subscribers.push(subscriber);
      this.#hand(held, subscriber);
    }
  }

  #hand(held: Held, subscriber: Subscriber): void {
    clearTimeout(held.timer);
    subscriber.unacked.add(held);
    const delivery = this.#delivery(held, subscriber);
    const work = subscriber.spec
      .onDelivery(delivery)
      .catch(() => {
        delivery.requeue();
      })
      .finally(() => {
        subscriber.underWay.delete(work);
      });
    subscriber.underWay.add(work);
    held.deliveries += 1;
  }

  #delivery(held: Held, subscriber: Subscriber): Delivery {
    const { content, exchange, routingKey, deliveries } = held;
    return {
      content,
      exchange,
      routingKey,
      headers:
        deliveries === 0 ? held.headers : { ...held.headers, 'x-delivery-count': deliveries },
      redelivered: deliveries > 0,
      ack: () => {
        if (subscriber.unacked.delete(held)) this.#schedule();
      },
      requeue: () => {
        if (!subscriber.unacked.delete(held)) return;
        this.#held.unshift(held);
        this.#schedule();
      },
    };
  }
}
