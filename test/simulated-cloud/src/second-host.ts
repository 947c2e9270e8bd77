// A second process of each service, as on a second host. It shares the cloud's namespace, so it has its own ports.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { serviceNames, type ServiceName } from '@metalcast/domain';
import { healthPorts, insidePorts, requireResult, type LabContext } from '@metalcast/lab';
import type { ServiceSpec } from '@metalcast/rig';

export type SecondName = `${ServiceName}@second`;

const host = 'second';
const helperPort = 10_101;
const ownPort = (port: number): number => port + 100;
const apiRoute = `api-${host}`;
const healthRoute = (name: ServiceName): string => `health-${host}-${name}`;

export const secondName = (name: ServiceName): SecondName => `${name}@${host}`;

/** Ports that the host needs besides those of the first one. */
export const secondForwards: Readonly<Record<string, { inside: number; wanted: number }>> =
  Object.fromEntries([
    [apiRoute, forward(insidePorts.api)],
    ...serviceNames.map((name) => [healthRoute(name), forward(healthPorts[name])] as const),
  ]);

export const secondApi = (context: LabContext): string => forwarded(context, apiRoute);

/** Its boot and its helper use the first host's api, so that services of two releases also meet there. */
export function onSecondHost(context: LabContext, spec: ServiceSpec): ServiceSpec {
  const name = spec.name as ServiceName;
  return {
    ...spec,
    name: secondName(name),
    health: forwarded(context, healthRoute(name)),
    env: {
      ...spec.env,
      METALCAST_HOST: host,
      METALCAST_HEALTH_PORT: String(ownPort(healthPorts[name])),
      ...ownSettings(context, name),
    },
  };
}

function ownSettings(context: LabContext, name: ServiceName): Record<string, string> {
  switch (name) {
    case 'api':
      return {
        METALCAST_LISTEN_PORT: String(ownPort(insidePorts.api)),
        METALCAST_PUBLIC_URL: secondApi(context),
      };
    case 'boot':
      return ownState(context, name);
    case 'deploy-helper':
      return { ...ownState(context, name), METALCAST_PROVISIONING_PORT: String(helperPort) };
    case 'scheduler':
    case 'compute':
    case 'power':
      return {};
  }
}

function ownState({ paths }: LabContext, name: ServiceName): Record<string, string> {
  const folder = join(paths.data, host, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return { METALCAST_STATE_DIRECTORY: folder };
}

function forward(port: number): { inside: number; wanted: number } {
  return { inside: ownPort(port), wanted: ownPort(port) };
}

function forwarded({ forwarding }: LabContext, route: string): string {
  const { ports } = requireResult(forwarding, 'the forwarding');
  return `http://127.0.0.1:${requireResult(ports[route], route)}`;
}
