/**
 * Every exchange and queue, with the arguments that oslo.messaging 14 declares (docs: `_drivers/amqpdriver.py`).
 * Only this file spells their names: a declaration that differs from a peer's fails with 406.
 */
import { newMessageId, messagesOfService, type ServiceName } from '@metalcast/domain';

export interface Exchange {
  readonly name: string;
  readonly type: 'topic' | 'fanout' | 'direct';
  readonly durable: boolean;
  readonly autoDelete: boolean;
  /** The exchange that gets messages that no queue of this one takes. */
  readonly alternate?: string;
  /** The exchange that gets the messages of these keys. */
  readonly passes?: { readonly to: string; readonly keys: readonly string[] };
  /** Where each service has a user of its own, the administrator declares it: the user may not. */
  readonly administered?: true;
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
  /** As an exchange's, and its bindings too. */
  readonly administered?: true;
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
  /** The service that connects: it sends by exchanges of its own. Without one, by the common exchanges. */
  readonly service?: ServiceName | undefined;
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

const administeredExchange = (
  name: string,
  type: Exchange['type'],
  rest: Partial<Exchange> = {},
): Exchange => ({ name, type, durable: true, autoDelete: false, administered: true, ...rest });

/** Domain events: CloudEvents, routing key = type. Subscribers bind their queues to it. */
export const eventExchange = administeredExchange('metalcast.events', 'topic');

/**
 * By it a service publishes its events: the broker passes on those whose types are the service's, by whatever way they
 * came.
 */
export const eventsOf = (service: ServiceName): Exchange =>
  administeredExchange(`${eventExchange.name}.${service}`, 'topic', {
    passes: { to: eventExchange.name, keys: messagesOfService(service).publishes },
  });

/** Name of the exchange by which a service sends casts, calls and notifications. */
export const castsName = (service: ServiceName): string => `metalcast.casts.${service}`;

/** Topics that a service may send to. */
export const topicsSentTo = (service: ServiceName): readonly string[] => {
  const { casts, calls = [] } = messagesOfService(service);
  return [...new Set([...casts, ...calls])];
};

const notificationTopics = ['notifications', 'versioned_notifications'];
/** Nova's priorities that are used. */
const notificationPriorities = ['info', 'error'];
/** Queues of notifications, and their routing keys. */
export const notificationKeys: readonly string[] = notificationTopics.flatMap((topic) =>
  notificationPriorities.map((priority) => `${topic}.${priority}`),
);

/** It passes on what goes to the service's own addressees. `compute.#` is the key of all workers and each host's. */
function castsOf(service: ServiceName, control: string): Exchange {
  const notified = messagesOfService(service).notifies === true ? notificationKeys : [];
  const keys = [...topicsSentTo(service).map((topic) => `${topic}.#`), ...notified];
  return administeredExchange(castsName(service), 'topic', { passes: { to: control, keys } });
}

/** The queue for messages of a topic (or of an event queue) that cannot be processed; for people. */
export const deadLetterName = (of: string): string => `${of}.dead`;

/** What a service could not send goes to the dead letters of this name. */
export const unsentBy = (service: ServiceName): string => `metalcast.${service}`;

/** What comes back from a pause and whose queue is gone. */
export const unroutable = administeredExchange('metalcast.unroutable', 'fanout');

/** The pauses of one service's messages are apart from the others': what boot pauses comes back to boot alone. */
const pauseName = (service: ServiceName | undefined, ms?: number): string =>
  ['metalcast.retry', ms, service].filter((part) => part !== undefined).join('.');

/**
 * Hands what comes back from a pause to the queue that its routing key names; each queue that tries again is bound to
 * it by its own name. Not the default exchange, which has no alternate: a delay queue would keep what names no queue,
 * and with some dozens of those it hands on nothing more.
 */
export const retryExchange = (service?: ServiceName): Exchange =>
  administeredExchange(pauseName(service), 'topic', { alternate: unroutable.name });

/** Holds messages for so long. */
export const delayName = (ms: number, service?: ServiceName): string => pauseName(service, ms);

/** A live follower's queue: gone with its connection, so named anew at each. */
export const followerPrefix = (service?: ServiceName): string =>
  service === undefined ? 'metalcast.follower.' : `metalcast.follower.${service}.`;

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
 * Replies go to callers' queues by it: whoever answers binds the queue to the exchange of its own service, so that it
 * reads no other's answers. oslo.messaging's servers use the default exchange.
 */
export const replyExchange = (service?: ServiceName): Exchange =>
  administeredExchange(
    service === undefined ? 'metalcast.replies' : `metalcast.replies.${service}`,
    'direct',
  );

/** One per process, bound by those who answer. */
export const replyQueue = (): Queue =>
  queue(`reply_${newMessageId()}`, { arguments: { 'x-expires': transientTtlMs } });

/**
 * Holds what is published to its exchange for `ms`, then hands it to the queue that the routing key names, if that one
 * is bound for it. Without `at-least-once` the broker drops what it cannot hand over at once. Earlier releases had
 * `delay.<ms>` and `metalcast.delay.<ms>`: neither an exchange's type nor what a queue does at the end of its messages'
 * time can be changed.
 */
export function delay(ms: number, service?: ServiceName): Topology & { readonly exchange: string } {
  const name = delayName(ms, service);
  const retry = retryExchange(service);
  const held = durableQueue(name, [{ exchange: name, key: '#' }]);
  return {
    exchange: name,
    exchanges: [administeredExchange(name, 'topic'), unroutable, retry],
    queues: [
      {
        ...held,
        administered: true,
        arguments: {
          ...quorum,
          'x-message-ttl': ms,
          'x-dead-letter-exchange': retry.name,
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
    exchanges: [administeredExchange(name, 'fanout')],
    queues: [deadLetterQueue(name, name)],
  };
};

/** An operator may have declared it with a limit of its own. */
const deadLetterQueue = (name: string, exchange: string): Queue => ({
  ...durableQueue(name, [{ exchange, key: '' }]),
  asFound: true,
  administered: true,
});

/** The parts that depend on the options that all peers must share, and on the service that connects. */
export interface RpcTopology {
  readonly service: ServiceName | undefined;
  readonly control: Exchange;
  /** By it casts, calls and notifications are sent. */
  readonly casts: Exchange;
  /** By it events are published. */
  readonly events: Exchange;
  /** The way to the control exchange. */
  readonly toControl: Topology;
  /** Declared on every connection before it is used. */
  readonly base: Topology;
  /** Exchanges for messages after a pause. */
  readonly afterPause: readonly Exchange[];
  workQueue(topic: string, host?: string): Queue;
  /** A subscription that outlives its consumers; consumers with one name share its events. */
  eventQueue(name: string, keys: readonly string[], formerKeys?: readonly string[]): Queue;
  followerQueue(keys: readonly string[]): Queue;
  delay(ms: number): ReturnType<typeof delay>;
  /** The way to a caller's queue. */
  replyTo(queue: string): Topology & { readonly exchange: string };
  /**
   * Declared and bound by the publisher, so that no message is lost before a listener exists. A listener that came
   * first may have declared the queue with other arguments.
   */
  notifications(key: string): Topology;
}

export function rpcTopology(options: TopologyOptions): RpcTopology {
  const { service } = options;
  const control: Exchange = {
    name: options.controlExchange,
    type: 'topic',
    durable: options.exchangeDurable,
    autoDelete: false,
    administered: true,
  };
  const casts = service === undefined ? control : castsOf(service, control.name);
  const events = service === undefined ? eventExchange : eventsOf(service);
  const retry = retryExchange(service);
  return {
    service,
    control,
    casts,
    events,
    toControl: { exchanges: [...new Set([control, casts])], queues: [] },
    base: {
      exchanges: [...new Set([control, eventExchange, unroutable, retry, casts, events])],
      queues: [deadLetterQueue(deadLetterName(unroutable.name), unroutable.name)],
    },
    afterPause: [unroutable, retry],
    workQueue: (topic, host) => {
      const name = routingKey(topic, host);
      return queue(name, {
        durable: options.workQueues !== 'transient',
        arguments: options.workQueues === 'quorum' ? quorum : {},
        bindings: [...bound(control, name), ...bound(retry, name)],
      });
    },
    eventQueue: (name, keys, formerKeys = []) => ({
      ...durableQueue(name, [...bound(eventExchange, ...keys), ...bound(retry, name)]),
      formerBindings: bound(eventExchange, ...formerKeys),
    }),
    followerQueue: (keys) =>
      queue(`${followerPrefix(service)}${newMessageId()}`, {
        exclusive: true,
        autoDelete: true,
        bindings: bound(eventExchange, ...keys),
      }),
    delay: (ms) => delay(ms, service),
    replyTo: (name) => {
      const exchange = replyExchange(service);
      return {
        exchange: exchange.name,
        exchanges: [exchange],
        queues: [{ ...queue(name, { bindings: bound(exchange, name) }), isOthers: true }],
      };
    },
    notifications: (key) => notifications(control, key),
  };
}

const bound = ({ name: exchange }: Exchange, ...keys: readonly string[]): Queue['bindings'] =>
  keys.map((key) => ({ exchange, key }));

function notifications(control: Exchange, key: string): Topology {
  const { durable } = control;
  const bindings = bound(control, key);
  return {
    exchanges: [control],
    queues: [queue(key, { durable, asFound: true, administered: true, bindings })],
  };
}
