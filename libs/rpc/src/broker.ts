/**
 * The broker as the transport needs it. RabbitMQ (`amqp/`) and the in-memory twin (`memory/`) both pass `conformance/`.
 */
import type { Exchange, Queue, Topology } from './topology.js';

export interface Publication {
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: string | Uint8Array;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string | number>>;
  /** True: the outcome is `returned` when no queue takes the message. False: the broker drops it and confirms. */
  readonly mandatory: boolean;
  /** The broker drops the message after this time in a queue. */
  readonly expirationMs?: number;
  /** Declared before the message is sent, and again when found missing. */
  readonly needs?: Topology;
  /** Rejects after a failed try, instead of retrying until the time limit. */
  readonly once?: boolean;
  /** Time limit of all tries, including the wait for a connection. */
  readonly timeoutMs: number;
}

/** `returned`: no queue took the message (or its exchange does not exist); it is stored nowhere. */
export type Outcome = 'confirmed' | 'returned';

export interface Delivery {
  /** As received: it may be no text, and may be large. */
  readonly content: Uint8Array;
  /**
   * The exchange to which it was published, whichever exchanges passed it on; after a delay, the one for messages after
   * a pause. The broker says so, and no sender.
   */
  readonly exchange: string;
  /** The routing key of its publication; after a delay, the name of the queue. */
  readonly routingKey: string;
  /** Values of any kind, because peers set them. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly redelivered: boolean;
  /** Acknowledges the message. On a dead channel this does nothing, and the message is redelivered. */
  ack(): void;
  /** Gives the message back, to be delivered again. */
  requeue(): void;
}

export interface ConsumerSpec {
  readonly exchanges: readonly Exchange[];
  /** Called at every (re)connection. */
  readonly queue: () => Queue;
  /** Most unacknowledged messages at a time. */
  readonly prefetch: number;
  readonly deleteQueueOnClose?: boolean;
  /** Acks or requeues the delivery itself; must not reject. */
  readonly onDelivery: (delivery: Delivery) => Promise<void>;
  /**
   * Called each time that consuming begins: messages that were sent before, to a queue that did not exist, are missed.
   */
  readonly onConsuming?: () => void;
}

export interface Consumer {
  /** Settles when it consumes for the first time. Waits for the broker without limit. */
  ready(): Promise<void>;
  /** Stops deliveries; those under way continue. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Stops, and waits for deliveries under way for at most `drainMs`; unacknowledged ones are redelivered. */
  close(drainMs: number): Promise<void>;
}

export interface Broker {
  /** True when connected to a broker that takes messages. */
  readonly connected: boolean;
  /** Settles when connected. */
  ready(): Promise<void>;
  /**
   * Rejects with Fault UNAVAILABLE when the broker did not confirm within `timeoutMs`: the message may be stored all
   * the same. Rejects with Fault TOO_LARGE when the broker takes no such message.
   */
  publish(publication: Publication): Promise<Outcome>;
  consume(spec: ConsumerSpec): Consumer;
  /** Waits for unconfirmed messages, then disconnects. */
  close(): Promise<void>;
}
