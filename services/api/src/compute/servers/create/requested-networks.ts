import type { Sql } from '@metalcast/db/models';
import { canDeploy, onlyNetwork, requireFreeAddress, requireFreePort } from '@metalcast/db/network';
import { Fault } from '@metalcast/domain';
import type { Caller } from '../../../http/access/caller.js';
import {
  findNetwork,
  findPort,
  requireNetworkOwner,
} from '../../../network/networks/network-access.js';
import { namedInBody } from '../../../faults/named-in-body.js';
import type { CreateServer } from '../servers.schema.js';

type RequestedNetwork = Exclude<CreateServer['networks'], string>[number];

/**
 * Checks that the server can have the networks, ports and addresses. Faults: BAD_REQUEST (unknown, or not for this
 * project), FORBIDDEN (an address on another project's network), CONFLICT (in use), NETWORK_EXHAUSTED (the request
 * names none, and there is not exactly one network).
 */
export async function checkNetworks(
  sql: Sql,
  networks: CreateServer['networks'],
  caller: Caller,
): Promise<void> {
  if (networks === 'none') {
    throw badRequest(
      'A bare-metal server needs its provisioning network: networks "none" is not supported.',
    );
  }
  if (networks === 'auto') {
    const network = await onlyNetwork(sql, caller.projectId);
    await requireDhcp(sql, { networks: [network], ports: [] });
    return;
  }
  refuseRepeats(networks);
  for (const requested of networks) {
    await checkNetwork(sql, requested, caller);
  }
  await requireDhcp(sql, {
    networks: networks.flatMap(({ uuid, port }) => (port === undefined ? (uuid ?? []) : [])),
    ports: networks.flatMap(({ port }) => port ?? []),
  });
}

/** A node gets its deploy ramdisk by DHCP. */
async function requireDhcp(sql: Sql, asked: Parameters<typeof canDeploy>[1]): Promise<void> {
  if (!(await canDeploy(sql, asked))) {
    throw badRequest(
      'None of the networks has a subnet with DHCP that a boot service serves: the server cannot be deployed.',
    );
  }
}

/** When a port and a network are given, the port counts, as in Nova. */
async function checkNetwork(
  sql: Sql,
  { uuid, port, fixed_ip: fixedIp }: RequestedNetwork,
  caller: Caller,
) {
  if (port === undefined) {
    const network = await namedInBody(findNetwork(sql, caller, uuid ?? ''));
    if (network.subnets.length === 0) {
      throw badRequest(`Network ${network.id} has no subnet to take an address from.`);
    }
    if (fixedIp !== undefined) {
      requireNetworkOwner(caller, network, 'create_port:fixed_ips:ip_address');
      await requireFreeAddress(sql, { networkId: network.id, fixedIp });
    }
    return;
  }
  if (fixedIp !== undefined) {
    throw badRequest(`A port has its address: ${fixedIp} cannot be asked for with port ${port}.`);
  }
  const found = await namedInBody(findPort(sql, caller, port));
  // Administrators see every port, but a server gets only ports of its project.
  if (found.projectId !== caller.projectId) {
    throw badRequest(`Port ${port} belongs to another project.`);
  }
  requireFreePort(found);
}

/** Subnets never overlap, so an address is unique over all networks. */
function refuseRepeats(networks: readonly RequestedNetwork[]): void {
  const unique = networks.flatMap(
    ({ port, fixed_ip: fixedIp }) => port?.toLowerCase() ?? fixedIp ?? [],
  );
  const repeated = unique.find((wanted, index) => unique.indexOf(wanted) !== index);
  if (repeated !== undefined) {
    throw badRequest(`${repeated} is asked for more than once.`);
  }
}

const badRequest = (reason: string): Fault => new Fault('BAD_REQUEST', { reason });
