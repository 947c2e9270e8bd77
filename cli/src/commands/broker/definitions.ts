import { brokerPasswordHash, type ServiceName } from '@metalcast/domain';
import { topologyDefinitions } from '@metalcast/rpc/definitions';
import { permissionsOf } from '@metalcast/rpc/permissions';

export interface BrokerUser {
  readonly service: ServiceName;
  readonly user: string;
  readonly password: string;
}

interface Place {
  readonly vhost: string;
  readonly exchange: string;
  readonly exchangeDurable: boolean;
}

/**
 * The definitions file for `rabbitmqctl import_definitions` and `load_definitions`: users with permissions, and the
 * exchanges, queues and bindings that these users may not declare. Passwords are hashed as in RabbitMQ's own exports.
 */
export function definitionsOf(
  users: readonly BrokerUser[],
  { vhost, exchange, exchangeDurable }: Place,
): object {
  const permitted = users.map(({ service, user }) => ({
    on: { user, vhost },
    ...permissionsOf(service, exchange),
  }));
  return {
    vhosts: [{ name: vhost }],
    users: users.map(({ user, password }) => ({
      name: user,
      password_hash: brokerPasswordHash(password),
      hashing_algorithm: 'rabbit_password_hashing_sha256',
      tags: '',
    })),
    permissions: permitted.map(({ on, configure, write, read }) => ({
      ...on,
      configure,
      write,
      read,
    })),
    topic_permissions: permitted.flatMap(({ on, topics }) =>
      topics.map((topic) => ({ ...on, ...topic })),
    ),
    ...topologyDefinitions(vhost, { controlExchange: exchange, exchangeDurable }),
  };
}
