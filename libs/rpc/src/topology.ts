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
  /** It is another's, who has made it: it is only bound. */
  readonly isOthers?: boolean;
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

/**
 * The default exchange: its routing key names a queue. Nothing goes through it, for the broker cannot say who may reach
 * which.
 */
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

/** What comes back from a pause and whose queue is gone. */
export const unroutable: Exchange = {
  name: 'metalcast.unroutable',
  type: 'fanout',
  durable: true,
  autoDelete: false,
};

/**
 * Hands what comes back from a pause to the queue that its routing key names. Not the default exchange, which has no
 * alternate: a delay queue would keep what names no queue, and with some dozens of those it hands on nothing more. It
 * and those of the delay queues are topic exchanges: of these alone the broker can say who may use which routing key.
 */
export const retryExchange: Exchange = {
  name: 'metalcast.retry',
  type: 'topic',
  durable: true,
  autoDelete: false,
  alternate: unroutable.name,
};

/** Each queue that tries again is bound to it by its own name. */
const onRetry = (name: string): Queue['bindings'] => [{ exchange: retryExchange.name, key: name }];

/** The exchange for messages after a pause, and the queue for those whose own queue is gone. */
export const afterPause: Topology = {
  exchanges: [unroutable, retryExchange],
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
  ...durableQueue(name, [...onEvents(keys), ...onRetry(name)]),
  formerBindings: onEvents(formerKeys),
});

/** Holds messages for so long. */
export const delayName = (ms: number): string => `metalcast.retry.${ms}`;

/** A live follower's queue: gone with its connection, so named anew at each. */
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

/**
 * Replies go to callers' queues by it: whoever answers binds the queue. oslo.messaging's servers use the default
 * exchange.
 */
export const replyExchange: Exchange = {
  name: 'metalcast.replies',
  type: 'direct',
  durable: true,
  autoDelete: false,
};

/** The way to a caller's queue. */
export const replyTo = (name: string): Topology => ({
  exchanges: [replyExchange],
  queues: [
    { ...queue(name, { bindings: [{ exchange: replyExchange.name, key: name }] }), isOthers: true },
  ],
});

/** One per process, bound by those who answer. */
export const replyQueue = (): Queue =>
  queue(`reply_${newMessageId()}`, { arguments: { 'x-expires': transientTtlMs } });

/**
 * Holds what is published to its exchange for `ms`, then hands it to the queue that the routing key names, if that one
 * is bound for it. Without `at-least-once` the broker drops what it cannot hand over at once. Earlier releases had
 * `delay.<ms>` and `metalcast.delay.<ms>`: neither an exchange's type nor what a queue does at the end of its messages'
 * time can be changed.
 */
export function delay(ms: number): Topology & { readonly exchange: string } {
  const name = delayName(ms);
  const held = durableQueue(name, [{ exchange: name, key: '#' }]);
  return {
    exchange: name,
    exchanges: [{ name, type: 'topic', durable: true, autoDelete: false }, ...afterPause.exchanges],
    queues: [
      {
        ...held,
        arguments: {
          ...quorum,
          'x-message-ttl': ms,
          'x-dead-letter-exchange': retryExchange.name,
          'x-dead-letter-strategy': 'at-least-once',
          'x-overflow': 'reject-publish',
        },
      },
    ],
  };
}

/**
 * An exchange for each queue of dead letters, of the same name: who may write to one may write to no other queue by it.
 */
export const deadLetters = (of: string): Topology => {
  const name = deadLetterName(of);
  return {
    exchanges: [{ name, type: 'fanout', durable: true, autoDelete: false }],
    // An operator may have made it with a limit of its own.
    queues: [{ ...durableQueue(name, [{ exchange: name, key: '' }]), asFound: true }],
  };
};

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
        bindings: [...onControl(name), ...onRetry(name)],
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
