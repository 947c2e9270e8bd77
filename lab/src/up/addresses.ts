import type { ServiceName } from '@metalcast/domain';
import { requireResult, type LabContext } from './lab-context.js';

/** Each lab has its own namespace, so the ports inside are fixed. */
export const insidePorts = { api: 8774, amqp: 5672, database: 5432 } as const;

/** Health port of each service, inside the namespace and, if free, on the host. */
export const healthPorts: Readonly<Record<ServiceName, number>> = {
  api: 8791,
  scheduler: 8792,
  compute: 8793,
  power: 8794,
  boot: 8795,
  'deploy-helper': 8796,
};

export const healthRoute = (name: ServiceName): string => `health-${name}`;

/** URLs as the services use them. */
export function insideUrls(context: LabContext): { amqp: string; database: string } {
  return {
    amqp: at(
      context.external.amqp ?? requireResult(context.broker, 'the broker').url,
      insidePorts.amqp,
    ),
    database: at(
      context.external.database ?? requireResult(context.database, 'the database').url,
      insidePorts.database,
    ),
  };
}

/** URLs as people and scripts on the host use them. */
export function hostUrls(context: LabContext): { api: string; amqp: string; database: string } {
  const { ports } = requireResult(context.forwarding, 'the forwarding');
  const inside = insideUrls(context);
  return {
    api: `http://127.0.0.1:${requireResult(ports['api'], "the API's port")}`,
    amqp:
      context.external.amqp?.href ??
      at(inside.amqp, requireResult(ports['amqp'], "the broker's port")),
    database:
      context.external.database?.href ??
      at(inside.database, requireResult(ports['database'], "the database's port")),
  };
}

export function healthUrl(context: LabContext, name: ServiceName): string {
  const { ports } = requireResult(context.forwarding, 'the forwarding');
  return `http://127.0.0.1:${requireResult(ports[healthRoute(name)], `the health port of ${name}`)}`;
}

function at(url: URL | string, port: number): string {
  const changed = new URL(url);
  changed.hostname = '127.0.0.1';
  changed.port = String(port);
  return changed.href;
}
