/**
 * Every exchange and queue, with the arguments that oslo.messaging 14 declares (docs: `_drivers/amqpdriver.py`).
 * Only this file spells their names: a declaration that differs from a peer's fails with 406.
 */
import { newMessageId } from '@metalcast/domain';

export interface Exchange {
  readonly name: string;
  readonly type: 'topic' | 'fanout' | 'direct';
  readonly durable: boolean;
  readonly autoDelete: boolean;
  /** The exchange that gets messages that no queue of this one takes. */
  readonly alternate?: string;
}

export interface Queue {
  readonly name: string;
  readonly durable: boolean;
  readonly exclusive: boolean;
  readonly autoDelete: boolean;
  readonly arguments: Readonly<Record<string, string | number>>;
  /** An existing queue is used as it is, whatever its arguments. */
  readonly asFound?: boolean;
  readonly bindings: readonly { readonly exchange: string; readonly key: string }[];
  /** Removed if an earlier release made them. */
  readonly formerBindings?: Queue['bindings'];
}

export interface Topology {
  readonly exchanges: readonly Exchange[];
  readonly queues: readonly Queue[];
}

export interface TopologyOptions {
  /** oslo's `control_exchange`; Nova's default. */
  readonly controlExchange: string;
  /** oslo's `amqp_durable_queues`, applied to the exchange. False is the default of oslo's clients. */
  readonly exchangeDurable: boolean;
  /** `quorum` = oslo's `rabbit_quorum_queue`, `durable` = `amqp_durable_queues`, `transient` = its defaults. */
  readonly workQueues: 'quorum' | 'durable' | 'transient';
}

export const defaultTopology: TopologyOptions = {
  controlExchange: 'nova',
  exchangeDurable: false,
  workQueues: 'quorum',
};

/** The default exchange: its routing key names a queue. */
export const directExchange = '';

/** oslo's `rabbit_transient_queues_ttl`: a queue of one process outlives the process by this time. */
const transientTtlMs = 1_800_000;

const quorum = { 'x-queue-type': 'quorum' } as const;

const queue = (name: string, rest: Partial<Queue> = {}): Queue => ({
  name,
  durable: false,
  exclusive: false,
  autoDelete: false,
  arguments: {},
  bindings: [],
  ...rest,
});

const durableQueue = (name: string, bindings: Queue['bindings'] = []): Queue =>
  queue(name, { durable: true, arguments: quorum, bindings });

/** Domain events: CloudEvents, routing key = type. */
export const eventExchange: Exchange = {
  name: 'metalcast.events',
  type: 'topic',
  durable: true,
  autoDelete: false,
};

/** The queue for messages of a topic (or of an event queue) that cannot be processed; for people. */
export const deadLetterName = (of: string): string => `${of}.dead`;

/** For messages that come back from a pause when their queue is gone. */
const unroutable: Exchange = {
  name: 'metalcast.unroutable',
  type: 'fanout',
  durable: true,
  autoDelete: false,
};

/**
 * Routes a message after its pause to the queue that its routing key names. The default exchange would not do, because
 * it has no alternate: a delay queue keeps messages for unknown queues, and with some dozens of those it stops
 * delivering.
 */
const paused: Exchange = {
  name: 'metalcast.paused',
  type: 'direct',
  durable: true,
  autoDelete: false,
  alternate: unroutable.name,
};

/** Each queue with retries is bound to it by its own name. */
const onPaused = (name: string): Queue['bindings'] => [{ exchange: paused.name, key: name }];

/** The exchange for messages after a pause, and the queue for those whose own queue is gone. */
export const afterPause: Topology = {
  exchanges: [unroutable, paused],
  queues: [
    {
      ...durableQueue(deadLetterName(unroutable.name), [{ exchange: unroutable.name, key: '' }]),
      // An operator may have declared it with another limit.
      asFound: true,
    },
  ],
};

const onEvents = (keys: readonly string[]): Queue['bindings'] =>
  keys.map((key) => ({ exchange: eventExchange.name, key }));

/** A subscription that outlives its consumers; consumers with one name share its events. */
export const eventQueue = (
  name: string,
  keys: readonly string[],
  formerKeys: readonly string[] = [],
): Queue => ({
  ...durableQueue(name, [...onEvents(keys), ...onPaused(name)]),
  formerBindings: onEvents(formerKeys),
});

/** The queue of a live follower: it is deleted with its connection, so each has a new name. */
export const followerQueue = (keys: readonly string[]): Queue =>
  queue(`metalcast.follower.${newMessageId()}`, {
    exclusive: true,
    autoDelete: true,
    bindings: onEvents(keys),
  });

/** Routing key of every worker of a topic, or of the one on `host`; the queue has the same name. */
export const routingKey = (topic: string, host?: string): string =>
  host === undefined ? topic : `${topic}.${host}`;

/** Topic of a routing key: topics have no dots. */
export const topicOf = (key: string): string => key.split('.', 1)[0] ?? key;

export const fanoutExchange = (topic: string): Exchange => ({
  name: `${topic}_fanout`,
  type: 'fanout',
  durable: false,
  autoDelete: true,
});

export const fanoutQueue = (topic: string): Queue =>
  queue(`${topic}_fanout_${newMessageId()}`, {
    arguments: { 'x-expires': transientTtlMs },
    bindings: [{ exchange: fanoutExchange(topic).name, key: topic }],
  });

/** One per process, without bindings: replies come through the default exchange. */
export const replyQueue = (): Queue =>
  queue(`reply_${newMessageId()}`, { arguments: { 'x-expires': transientTtlMs } });

/**
 * Holds messages of its exchange for `ms`, then passes each to the queue that the routing key names, if that queue is
 * bound for it. Without `at-least-once` the broker drops a message that it cannot pass on at once.
 * Earlier releases had queues `delay.<ms>`: an existing queue's dead-lettering cannot be changed.
 */
export function delay(ms: number): Topology & { readonly exchange: string } {
  const name = `metalcast.delay.${ms}`;
  const held = durableQueue(name, [{ exchange: name, key: '' }]);
  return {
    exchange: name,
    exchanges: [
      { name, type: 'fanout', durable: true, autoDelete: false },
      ...afterPause.exchanges,
    ],
    queues: [
      {
        ...held,
        arguments: {
          ...quorum,
          'x-message-ttl': ms,
          'x-dead-letter-exchange': paused.name,
          'x-dead-letter-strategy': 'at-least-once',
          'x-overflow': 'reject-publish',
        },
      },
    ],
  };
}

export const deadLetters = (of: string): Topology => ({
  exchanges: [],
  // An operator may have declared it with another limit.
  queues: [{ ...durableQueue(deadLetterName(of)), asFound: true }],
});

/** The parts that depend on the options that all peers must share. */
export interface RpcTopology {
  readonly control: Exchange;
  /** Declared on every connection before it is used. */
  readonly base: Topology;
  workQueue(topic: string, host?: string): Queue;
  /**
   * Declared and bound by the publisher, so that no message is lost before a listener exists. A listener that came
   * first may have declared the queue with other arguments.
   */
  notifications(key: string): Topology;
}

export function rpcTopology(options: TopologyOptions): RpcTopology {
  const control: Exchange = {
    name: options.controlExchange,
    type: 'topic',
    durable: options.exchangeDurable,
    autoDelete: false,
  };
  const onControl = (key: string) => [{ exchange: control.name, key }];
  return {
    control,
    base: {
      exchanges: [control, eventExchange, ...afterPause.exchanges],
      queues: afterPause.queues,
    },
    workQueue: (topic, host) => {
      const name = routingKey(topic, host);
      return queue(name, {
        durable: options.workQueues !== 'transient',
        arguments: options.workQueues === 'quorum' ? quorum : {},
        bindings: [...onControl(name), ...onPaused(name)],
      });
    },
    notifications: (key) => ({
      exchanges: [control],
      queues: [
        queue(key, {
          durable: options.exchangeDurable,
          asFound: true,
          bindings: onControl(key),
        }),
      ],
    }),
  };
}
