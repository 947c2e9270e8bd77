// What each service may do in a virtual host of RabbitMQ: no more than the transport does for it. It writes to
// exchanges of its own alone. The administrator's bindings pass on from there what it may send, so nothing that it
// declares itself leads further. It never uses the default exchange.
import { messagesOfService, type ServiceName } from '@metalcast/domain';
import { defaultRetry } from './consume/retry-policy.js';
import {
  castsName,
  deadLetterName,
  delayName,
  eventExchange,
  eventsOf,
  fanoutExchange,
  followerPrefix,
  notificationKeys,
  replyExchange,
  retryExchange,
  topicsSentTo,
  unsentBy,
} from './topology.js';

/** Regular expressions, as RabbitMQ has them. */
export interface BrokerPermissions {
  readonly configure: string;
  readonly write: string;
  readonly read: string;
  /** By routing key. A topic exchange that is not named here may be used with any. */
  readonly topics: readonly {
    readonly exchange: string;
    readonly write: string;
    readonly read: string;
  }[];
}

const literal = (text: string): string => text.replaceAll('.', '[.]').replaceAll('#', '[#]');
/** Not the empty pattern: an empty key would match, and by a header such a message may go to other keys' queues. */
const nothing = '(?!)';
const oneOf = (patterns: readonly string[]): string =>
  patterns.length === 0 ? nothing : `^(${patterns.join('|')})$`;

/** A topic's key and queue: of all its workers, and of each host's. Its dead letters' is no host's. */
const ofTopic = (topic: string): string => `${literal(topic)}([.](?!dead$)[A-Za-z0-9_.-]+)?`;
/** oslo.messaging's callers name their queues like this, those of 2013 by the message. */
const replyQueues = 'reply_.+|[0-9a-f]{32}';

export function permissionsOf(service: ServiceName, controlExchange = 'nova'): BrokerPermissions {
  const speaks = messagesOfService(service);
  const own = ownOf(service);
  const asking = speaks.calls === undefined ? [] : ['reply_.+'];
  const answers = speaks.serves === undefined ? [] : [literal(replyExchange(service).name)];
  return {
    configure: oneOf([...own, ...asking]),
    // To bind a queue is to write to it.
    write: oneOf([
      ...own,
      ...exchangesOf(service).map(literal),
      ...(answers.length === 0 ? [] : [...answers, replyQueues]),
    ]),
    read: oneOf([...own, ...asking, ...answers, ...sourcesOf(service, controlExchange)]),
    topics: topicsOf(service, controlExchange),
  };
}

/** Names of the queues that it declares, and of its fanout's exchange. */
function ownOf(service: ServiceName): string[] {
  const { serves, follows, subscription } = messagesOfService(service);
  return [
    ...(serves === undefined ? [] : [ofTopic(serves), ...fanoutOf(serves)]),
    ...(follows === undefined ? [] : [`${literal(followerPrefix(service))}[0-9a-f]+`]),
    ...(subscription === undefined ? [] : [literal(subscription)]),
  ];
}

function fanoutOf(topic: string): string[] {
  const exchange = literal(fanoutExchange(topic).name);
  return [exchange, `${exchange}_[0-9a-f]+`];
}

/** What it publishes to. */
function exchangesOf(service: ServiceName): string[] {
  const { notifies, publishes } = messagesOfService(service);
  const sends = topicsSentTo(service).length > 0 || notifies === true;
  return [
    ...(sends ? [castsName(service)] : []),
    ...(publishes.length > 0 ? [eventsOf(service).name] : []),
    ...(pauses(service) ? delaysOf(service) : []),
    ...deadLettersOf(service).map(deadLetterName),
  ];
}

/** What it binds its queues to. */
function sourcesOf(service: ServiceName, control: string): string[] {
  const { serves, follows, subscription } = messagesOfService(service);
  const hears = follows !== undefined || subscription !== undefined;
  return [
    ...(serves === undefined ? [] : [control]),
    ...(hears ? [eventExchange.name] : []),
    ...(pauses(service) ? [retryExchange(service).name] : []),
  ].map(literal);
}

/** Whether it has queues whose messages are tried again. */
const pauses = (service: ServiceName): boolean => {
  const { serves, subscription } = messagesOfService(service);
  return serves !== undefined || subscription !== undefined;
};

const delaysOf = (service: ServiceName): string[] =>
  defaultRetry.delaysMs.map((ms) => delayName(ms, service));

/** Whose dead letters it writes: its queues', and what nobody takes from it. */
export const deadLettersOf = (service: ServiceName): string[] => {
  const { serves, subscription } = messagesOfService(service);
  return [serves, subscription, unsentBy(service)].filter((name) => name !== undefined);
};

function topicsOf(service: ServiceName, control: string): BrokerPermissions['topics'] {
  const { serves, publishes, notifies, follows = [], subscription } = messagesOfService(service);
  const served = serves === undefined ? [] : [ofTopic(serves)];
  const notified = notifies === true ? notificationKeys.map(literal) : [];
  const retried = [...served, ...(subscription === undefined ? [] : [literal(subscription)])];
  // A subscription also removes the bindings of earlier releases, whatever these were.
  const heard = subscription === undefined ? oneOf(follows.map(literal)) : '.*';
  return [
    {
      exchange: castsName(service),
      write: oneOf([...topicsSentTo(service).map(ofTopic), ...notified]),
      read: nothing,
    },
    { exchange: eventsOf(service).name, write: oneOf(publishes.map(literal)), read: nothing },
    { exchange: control, write: nothing, read: oneOf(served) },
    { exchange: eventExchange.name, write: nothing, read: heard },
    { exchange: retryExchange(service).name, write: nothing, read: oneOf(retried) },
    ...delaysOf(service).map((exchange) => ({ exchange, write: oneOf(retried), read: nothing })),
  ];
}
