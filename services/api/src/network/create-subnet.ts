import { randomUUID } from 'node:crypto';
import type { Prisma, Sql, Subnet } from '@metalcast/db';
import type { ModelDatabase } from '@metalcast/db/models';
import { cidrsOverlap, Fault, parseCidr } from '@metalcast/domain';
import type { Caller } from '../http/caller.js';
import { findNetwork, lockNetwork, ownerOf } from './network-access.js';
import type { NewSubnet } from './network.schema.js';
import { planSubnet } from './subnet-plan.js';

/** Adds a subnet to a network. Faults: NOT_FOUND, BAD_REQUEST, CONFLICT (overlaps). */
export async function createSubnet(
  database: ModelDatabase,
  caller: Caller,
  wanted: NewSubnet,
): Promise<Subnet> {
  const { gatewayIp, allocationPools } = planSubnet(wanted);
  return database.transaction(async ({ sql }) => {
    await lockNetwork(sql, wanted.network_id);
    await findNetwork(sql, caller, wanted.network_id);
    // Two that overlap must not pass the check at the same time.
    await sql.$executeRaw`LOCK TABLE subnets IN SHARE ROW EXCLUSIVE MODE`;
    await refuseOverlap(sql, wanted.cidr);
    return sql.subnet.create({
      data: {
        id: randomUUID(),
        networkId: wanted.network_id,
        name: wanted.name,
        projectId: ownerOf(caller, wanted),
        cidr: wanted.cidr,
        gatewayIp,
        enableDhcp: wanted.enable_dhcp,
        dnsNameservers: wanted.dns_nameservers,
        allocationPools: allocationPools as unknown as Prisma.InputJsonArray,
      },
    });
  });
}

/** Over all networks: they share one wire, where an address can be only one machine's. */
async function refuseOverlap(sql: Sql, cidr: string): Promise<void> {
  const wanted = parseCidr(cidr);
  const others = await sql.subnet.findMany({ select: { id: true, cidr: true, networkId: true } });
  const other = others.find((subnet) => {
    const network = parseCidr(subnet.cidr);
    return wanted !== undefined && network !== undefined && cidrsOverlap(wanted, network);
  });
  if (other !== undefined) {
    throw new Fault('CONFLICT', {
      reason: `Requested subnet with cidr: ${cidr} overlaps with subnet ${other.id} (${other.cidr}) of network ${other.networkId}.`,
      type: 'SubnetOverlap',
    });
  }
}
