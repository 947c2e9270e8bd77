import { Prisma, type Network, type Port, type Subnet } from '@metalcast/db';
import type { Sql } from '@metalcast/db/models';
import { networksOf } from '@metalcast/db/network';
import { Fault, isUuid } from '@metalcast/domain';
import type { Caller } from '../../http/access/caller.js';
import { projectCondition, projectWhere, requireProject } from '../../policy/ownership.js';
import { isAllowedForOthers, requireAllowed, type Rule } from '../../policy/policy.js';

export const missing = (what: string, id: string): Fault => new Fault('NOT_FOUND', { what, id });

export const visibleNetworks = (caller: Caller): Prisma.NetworkWhereInput =>
  isAllowedForOthers('get_network', caller) ? {} : networksOf(caller.projectId);

export const visiblePorts = (caller: Caller): Prisma.PortWhereInput =>
  projectWhere('get_port', caller);

/** The same as conditions for lists. */
export const listedNetworks = (caller: Caller): Prisma.Sql =>
  Prisma.sql`(shared OR ${projectCondition('get_network', caller)})`;

export const listedSubnets = (caller: Caller): Prisma.Sql =>
  Prisma.sql`network_id IN (SELECT id FROM networks WHERE ${listedNetworks(caller)})`;

export const listedPorts = (caller: Caller): Prisma.Sql => projectCondition('get_port', caller);

/** The networks with these ids. Fault NOT_FOUND when one is not visible to the caller. */
export async function findNetworks(
  sql: Sql,
  caller: Caller,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Network>> {
  const where = { AND: [{ id: { in: [...new Set(ids)] } }, visibleNetworks(caller)] };
  const networks = await sql.network.findMany({ where });
  const byId = new Map(networks.map((network) => [network.id, network]));
  const unknown = ids.find((id) => !byId.has(id));
  if (unknown !== undefined) {
    throw missing('Network', unknown);
  }
  return byId;
}

export type NetworkWithSubnets = Network & { subnets: Subnet[] };

/**
 * The network. Fault NOT_FOUND when it is not visible to the caller; clients look names up here first and rely on it.
 */
export async function findNetwork(
  sql: Sql,
  caller: Caller,
  id: string,
): Promise<NetworkWithSubnets> {
  const where = { AND: [{ id }, visibleNetworks(caller)] };
  const network = isUuid(id)
    ? await sql.network.findFirst({ where, include: { subnets: true } })
    : null;
  if (network === null) {
    throw missing('Network', id);
  }
  return network;
}

export async function findSubnet(sql: Sql, caller: Caller, id: string): Promise<Subnet> {
  const where = { id, network: visibleNetworks(caller) };
  const subnet = isUuid(id) ? await sql.subnet.findFirst({ where }) : null;
  if (subnet === null) {
    throw missing('Subnet', id);
  }
  return subnet;
}

export async function findPort(sql: Sql, caller: Caller, id: string): Promise<Port> {
  const where = { AND: [{ id }, visiblePorts(caller)] };
  const port = isUuid(id) ? await sql.port.findFirst({ where }) : null;
  if (port === null) {
    throw missing('Port', id);
  }
  return port;
}

/** Fault FORBIDDEN, with Neutron's rule, unless the network is within the rule's reach. */
export function requireNetworkOwner(caller: Caller, network: Network, rule: Rule): void {
  requireProject(rule, caller, network.projectId);
}

/** Locks the networks against other allocations until the transaction ends. */
export async function lockNetworks(sql: Sql, ids: readonly string[]): Promise<void> {
  await sql.$queryRaw`SELECT 1 FROM networks WHERE id = ANY (${[...ids]}::uuid[]) ORDER BY id FOR UPDATE`;
}

/** The project of a new resource: the caller's, or the one that an administrator names. */
export function ownerOf(
  caller: Caller,
  { project_id, tenant_id }: { project_id?: string | undefined; tenant_id?: string | undefined },
): string {
  const named = project_id ?? tenant_id ?? caller.projectId;
  if (named !== caller.projectId) {
    requireAllowed('create_for_other_project', caller);
  }
  return named;
}
