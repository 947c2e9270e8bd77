// What the administrator declares where each service has a user of its own: the services' users may not.
import { serviceNames, messagesOfService } from '@metalcast/domain';
import { defaultRetry } from './consume/retry-policy.js';
import { deadLettersOf } from './permissions.js';
import {
  deadLetters,
  defaultTopology,
  notificationKeys,
  replyExchange,
  rpcTopology,
  type Exchange,
  type Topology,
  type TopologyOptions,
} from './topology.js';

type Shared = Pick<TopologyOptions, 'controlExchange' | 'exchangeDurable'>;

/** The part of RabbitMQ's definitions that declares exchanges, queues and bindings. */
export interface TopologyDefinitions {
  readonly exchanges: readonly object[];
  readonly queues: readonly object[];
  readonly bindings: readonly object[];
}

/** Of all services, whichever have users: so it is the same whoever comes first. */
export function topologyDefinitions(
  vhost: string,
  shared: Partial<Shared> = {},
): TopologyDefinitions {
  const { exchanges, queues } = administered({ ...defaultTopology, ...shared });
  return {
    exchanges: exchanges.map((exchange) => exchangeDefinition(vhost, exchange)),
    queues: queues.map(({ name, durable, autoDelete, arguments: args }) => ({
      ...{ name, vhost, durable, auto_delete: autoDelete, arguments: args },
    })),
    bindings: [
      ...exchanges.flatMap(({ name, passes }) =>
        (passes?.keys ?? []).map((key) =>
          binding(vhost, { from: name, to: passes?.to ?? '', type: 'exchange', key }),
        ),
      ),
      ...queues.flatMap(({ name, bindings }) =>
        bindings.map(({ exchange, key }) =>
          binding(vhost, { from: exchange, to: name, type: 'queue', key }),
        ),
      ),
    ],
  };
}

/** Each exchange and queue once. */
function administered(options: TopologyOptions): Topology {
  const parts = serviceNames.flatMap((service) => {
    const topology = rpcTopology({ ...options, service });
    const { serves, subscription, notifies } = messagesOfService(service);
    const pauses = serves !== undefined || subscription !== undefined;
    return [
      topology.base,
      ...(pauses ? defaultRetry.delaysMs.map((ms) => topology.delay(ms)) : []),
      ...(serves === undefined ? [] : [{ exchanges: [replyExchange(service)], queues: [] }]),
      ...(notifies === true ? notificationKeys.map((key) => topology.notifications(key)) : []),
      ...deadLettersOf(service).map(deadLetters),
    ];
  });
  return {
    exchanges: byName(parts.flatMap(({ exchanges }) => exchanges)),
    queues: byName(parts.flatMap(({ queues }) => queues)),
  };
}

const byName = <T extends { readonly name: string }>(all: readonly T[]): T[] => [
  ...new Map(all.map((each) => [each.name, each])).values(),
];

const exchangeDefinition = (
  vhost: string,
  { name, type, durable, autoDelete, alternate }: Exchange,
): object => ({
  ...{ name, vhost, type, durable, auto_delete: autoDelete, internal: false },
  arguments: alternate === undefined ? {} : { 'alternate-exchange': alternate },
});

const binding = (
  vhost: string,
  {
    from,
    to,
    type,
    key,
  }: { readonly from: string; readonly to: string; readonly type: string; readonly key: string },
): object => ({
  ...{ vhost, source: from, destination: to, destination_type: type },
  ...{ routing_key: key, arguments: {} },
});
