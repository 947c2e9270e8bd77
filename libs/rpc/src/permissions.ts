// What each service may do in a virtual host of RabbitMQ: no more than the transport does for it. Messages go through
// topic exchanges, of which alone the broker can say who may use which routing key, or through exchanges of one
// purpose; never through the default one.
import { speechOf, type ServiceName, type Speech } from '@metalcast/domain';
import { defaultRetry } from './consume/retry-policy.js';
import {
  deadLetterName,
  delayName,
  eventExchange,
  fanoutExchange,
  replyExchange,
  retryExchange,
  unroutable,
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

const literal = (text: string): string => text.replaceAll('.', '[.]');
/** Not the empty pattern: an empty key would match, and by a header such a message may go to other keys' queues. */
const nothing = '(?!)';
const oneOf = (patterns: readonly string[]): string =>
  patterns.length === 0 ? nothing : `^(${patterns.join('|')})$`;

/** A topic's key and queue: of all its workers, and of each host's. Its dead letters' is no host's. */
const ofTopic = (topic: string): string => `${literal(topic)}([.][A-Za-z0-9_.-]+)?`;
/** oslo.messaging's callers name their queues like this, those of 2013 by the message. */
const replyQueues = 'reply_.+|[0-9a-f]{32}';
const notificationKeys = '(versioned_)?notifications[.][a-z]+';
const followers = 'metalcast[.]follower[.][0-9a-f]+';

const delays = defaultRetry.delaysMs.map(delayName);

export function permissionsOf(service: ServiceName, controlExchange = 'nova'): BrokerPermissions {
  const speaks = speechOf(service);
  const shared = [
    ...[controlExchange, eventExchange.name, unroutable.name, retryExchange.name].map(literal),
    ...[deadLetterName(unroutable.name), ...delays, ...deadLettersOf(speaks)].map(literal),
    ...own(speaks),
  ];
  const answering = speaks.serves === undefined ? [] : [literal(replyExchange.name)];
  const asking = speaks.calls === undefined ? [] : ['reply_.+'];
  return {
    configure: oneOf([...shared, ...answering, ...asking]),
    // To bind a caller's queue is to write to it.
    write: oneOf([...shared, ...answering, ...(answering.length > 0 ? [replyQueues] : [])]),
    read: oneOf([...shared, ...answering, ...asking]),
    topics: topicsOf(speaks, controlExchange),
  };
}

/** Queues, and exchanges of its own. */
function own({ serves, notifies, subscription }: Speech): string[] {
  return [
    followers,
    ...(serves === undefined ? [] : [ofTopic(serves), ...fanoutOf(serves)]),
    ...(notifies === undefined ? [] : [notificationKeys]),
    ...(subscription === undefined ? [] : [literal(subscription)]),
  ];
}

function fanoutOf(topic: string): string[] {
  const exchange = literal(fanoutExchange(topic).name);
  return [exchange, `${exchange}_[0-9a-f]+`];
}

/** A message that the broker takes from nobody goes there, whoever wrote it. */
const deadLettersOf = ({ casts, calls = [], subscription }: Speech): string[] =>
  [
    ...new Set([...casts, ...calls]),
    eventExchange.name,
    ...(subscription === undefined ? [] : [subscription]),
  ].map(deadLetterName);

function topicsOf(
  { serves, casts, calls = [], publishes, notifies, subscription }: Speech,
  control: string,
): BrokerPermissions['topics'] {
  const served = serves === undefined ? [] : [ofTopic(serves)];
  const sent = [...new Set([...casts, ...calls])].map(ofTopic);
  const notifications = notifies === undefined ? [] : [notificationKeys];
  const retried = [...served, ...(subscription === undefined ? [] : [literal(subscription)])];
  return [
    {
      exchange: control,
      write: oneOf([...sent, ...notifications]),
      read: oneOf([...served, ...notifications]),
    },
    { exchange: eventExchange.name, write: oneOf(publishes.map(literal)), read: '.*' },
    { exchange: retryExchange.name, write: nothing, read: oneOf(retried) },
    ...delays.map((exchange) => ({ exchange, write: oneOf(retried), read: '^#$' })),
  ];
}
