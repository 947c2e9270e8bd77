import { listServices, type ServiceWithState } from '@metalcast/db';
import type { ModelDatabase } from '@metalcast/db/models';
import { listZonesOfAggregates, listZonesOfHosts } from '@metalcast/db/placement';
import { defaultZone } from '@metalcast/domain';

/** An availability zone, and the compute services that serve its nodes. */
export interface Zone {
  readonly name: string;
  readonly available: boolean;
  readonly services: readonly ServiceWithState[];
}

/**
 * The zones of nodes and aggregates, and the default zone, sorted by name. A zone is available while one of its compute
 * services is live, and not all of its nodes are in maintenance.
 */
export async function listZones(database: ModelDatabase): Promise<Zone[]> {
  const [services, byHost, byAggregate] = await Promise.all([
    listServices(database, 'nova-compute'),
    listZonesOfHosts(database),
    listZonesOfAggregates(database),
  ]);
  const placed = new Set([...byHost, ...byAggregate].map(({ host }) => host));
  const homeless = services.filter(({ host }) => !placed.has(host));
  const names = [...byHost, ...byAggregate].map(({ zone }) => zone);
  return [...new Set([defaultZone, ...names])].sort().map((name) => {
    const nodes = byHost.filter(({ zone }) => zone === name);
    const members = byAggregate.filter(({ zone }) => zone === name);
    const own = servicesOf([...nodes, ...members], nodes, services);
    const all = name === defaultZone ? [...new Set([...own, ...homeless])] : own;
    const isUsable = nodes.length === 0 || nodes.some(({ usable }) => usable);
    return { name, available: isUsable && all.some(isLive), services: all };
  });
}

interface OfHost {
  readonly host: string | null;
}

/**
 * The services of the zone's hosts. When a node's host has no service, all services: any live one works on the node.
 */
function servicesOf(
  members: readonly OfHost[],
  nodes: readonly OfHost[],
  services: readonly ServiceWithState[],
): ServiceWithState[] {
  const isServed = ({ host }: OfHost): boolean => services.some((service) => service.host === host);
  return nodes.every(isServed)
    ? services.filter((service) => members.some(({ host }) => host === service.host))
    : [...services];
}

export const isLive = ({ up, disabled }: ServiceWithState): boolean => up && !disabled;
