import type { Port } from '@metalcast/db';
import type { ModelDatabase, Sql } from '@metalcast/db/models';
import { allocatePorts } from '@metalcast/db/network';
import { Fault } from '@metalcast/domain';
import type { Caller } from '../../http/access/caller.js';
import { findNetworks, ownerOf, requireNetworkOwner } from '../networks/network-access.js';
import type { NewPort } from '../network.schema.js';
import { requireAllowed } from '../../policy/policy.js';

/**
 * Makes all ports in their order, or none. The number of statements does not depend on their number. Faults: NOT_FOUND
 * (network), FORBIDDEN (addresses and MACs on another project's network, another project, a device), CONFLICT,
 * BAD_REQUEST, NETWORK_EXHAUSTED.
 */
export async function createPorts(
  database: ModelDatabase,
  caller: Caller,
  wanted: readonly NewPort[],
): Promise<Port[]> {
  for (const port of wanted) {
    if (port.device_id !== '' || port.device_owner !== '') {
      requireAllowed('create_port:device_id', caller);
    }
  }
  return database.transaction(async ({ sql }) => {
    await requireChoices(sql, caller, wanted);
    await refuseMacsOfNodes(sql, wanted);
    return allocatePorts(
      sql,
      wanted.map((port) => ({
        networkId: port.network_id,
        mac: port.mac_address,
        subnetId: port.fixed_ips[0]?.subnet_id,
        fixedIp: port.fixed_ips[0]?.ip_address,
        projectId: ownerOf(caller, port),
        name: port.name,
        description: port.description,
        deviceId: port.device_id,
        deviceOwner: port.device_owner,
        adminStateUp: port.admin_state_up,
      })),
    );
  });
}

/** Only the owner of a network may choose addresses and MACs on it. */
async function requireChoices(sql: Sql, caller: Caller, wanted: readonly NewPort[]): Promise<void> {
  const ids = wanted.map(({ network_id: id }) => id);
  const networks = await findNetworks(sql, caller, ids);
  for (const { network_id: id, fixed_ips: fixedIps, mac_address: mac } of wanted) {
    const network = networks.get(id);
    if (network !== undefined && fixedIps[0]?.ip_address !== undefined) {
      requireNetworkOwner(caller, network, 'create_port:fixed_ips:ip_address');
    }
    if (network !== undefined && mac !== undefined) {
      requireNetworkOwner(caller, network, 'create_port:mac_address');
    }
  }
}

/** A port of a server has the MAC of its node: another port with that MAC would prevent it. */
async function refuseMacsOfNodes(sql: Sql, wanted: readonly NewPort[]): Promise<void> {
  const macs = wanted.flatMap(({ mac_address: mac }) => mac ?? []);
  const where = { address: { in: macs } };
  const taken = macs.length === 0 ? null : await sql.interface.findFirst({ where });
  if (taken !== null) {
    throw new Fault('CONFLICT', {
      reason: `The mac address ${taken.address} is a node's.`,
      type: 'MacAddressInUse',
    });
  }
}
