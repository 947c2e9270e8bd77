/** What the transport needs of a broker. RabbitMQ (`amqp/`) and the in-memory twin (`memory/`) both pass `conformance/`. */
import type { Exchange, Queue, Topology } from './topology.js';

export interface Publication {
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: string | Uint8Array;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string | number>>;
  /** Whether to say `returned` when no queue takes it. Otherwise the broker drops it and confirms. */
  readonly mandatory: boolean;
  /** The broker drops it after so long in a queue. */
  readonly expirationMs?: number;
  /** Declared before the message goes, and again when it is found missing. */
  readonly needs?: Topology;
  /** Rejects when it fails, instead of sending it again until the time is over. */
  readonly once?: boolean;
  /** Bound of the whole attempt, waiting for a connection included. */
  readonly timeoutMs: number;
}

/** `returned`: no queue would have it (or its exchange is gone); it is nowhere. */
export type Outcome = 'confirmed' | 'returned';

export interface Delivery {
  /** As it came: not known to be text, nor to be small. */
  readonly content: Uint8Array;
  /** Values of any kind: peers make them. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly redelivered: boolean;
  /** Done with it. On a channel that died this does nothing, and the message comes again. */
  ack(): void;
  /** Give it back, to be delivered again. */
  requeue(): void;
}

export interface ConsumerSpec {
  readonly exchanges: readonly Exchange[];
  /** Asked at every (re)connection. */
  readonly queue: () => Queue;
  /** How many unacknowledged messages at once. */
  readonly prefetch: number;
  readonly deleteQueueOnClose?: boolean;
  /** Acks or requeues the delivery itself; must not reject. */
  readonly onDelivery: (delivery: Delivery) => Promise<void>;
  /** Each time that it begins to consume: what was sent before, to a queue that was not there, is missed. */
  readonly onConsuming?: () => void;
}

export interface Consumer {
  /** Settles when it consumes for the first time. Waits for the broker, however long. */
  ready(): Promise<void>;
  /** No further deliveries; those under way go on. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Stops, waits for deliveries under way for at most `drainMs`; what is not acked then comes again. */
  close(drainMs: number): Promise<void>;
}

export interface Broker {
  /** Connected, and it takes messages. */
  readonly connected: boolean;
  /** Settles when connected. */
  ready(): Promise<void>;
  /**
   * Rejects with Fault UNAVAILABLE when it is not known to be stored within `timeoutMs`: it may be all the same. With Fault
   * TOO_LARGE when the broker takes no such message.
   */
  publish(publication: Publication): Promise<Outcome>;
  consume(spec: ConsumerSpec): Consumer;
  /** Waits for what is unconfirmed, then disconnects. */
  close(): Promise<void>;
}
