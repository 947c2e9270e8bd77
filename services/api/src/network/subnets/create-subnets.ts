import { randomUUID } from 'node:crypto';
import type { Prisma, Subnet } from '@metalcast/db';
import type { ModelDatabase, Sql } from '@metalcast/db/models';
import { cidrsOverlap, Fault, parseCidr, type Cidr } from '@metalcast/domain';
import type { Caller } from '../../http/access/caller.js';
import { findNetworks, lockNetworks, ownerOf } from '../networks/network-access.js';
import type { NewSubnet } from '../network.schema.js';
import { planSubnet } from './subnet-plan.js';

/**
 * Makes all subnets in their order, or none. The number of statements does not depend on their number. Faults:
 * NOT_FOUND, BAD_REQUEST, CONFLICT (one overlaps another).
 */
export async function createSubnets(
  database: ModelDatabase,
  caller: Caller,
  wanted: readonly NewSubnet[],
): Promise<Subnet[]> {
  const data = wanted.map((subnet) => columnsOf(caller, subnet));
  const networks = wanted.map(({ network_id: id }) => id);
  return database.transaction(async ({ sql }) => {
    await lockNetworks(sql, networks);
    await findNetworks(sql, caller, networks);
    // The lock keeps two overlapping subnets from passing the check at the same time.
    await sql.$executeRaw`LOCK TABLE subnets IN SHARE ROW EXCLUSIVE MODE`;
    await refuseOverlaps(sql, wanted);
    return sql.subnet.createManyAndReturn({ data });
  });
}

function columnsOf(caller: Caller, wanted: NewSubnet): Prisma.SubnetCreateManyInput {
  const { gatewayIp, allocationPools } = planSubnet(wanted);
  return {
    id: randomUUID(),
    networkId: wanted.network_id,
    name: wanted.name,
    description: wanted.description,
    projectId: ownerOf(caller, wanted),
    cidr: wanted.cidr,
    gatewayIp,
    enableDhcp: wanted.enable_dhcp,
    dnsNameservers: wanted.dns_nameservers,
    allocationPools: allocationPools as unknown as Prisma.InputJsonArray,
  };
}

interface Occupied {
  readonly text: string;
  readonly cidr: Cidr;
}

/** Checks all networks: they share one wire, on which an address is unique. */
async function refuseOverlaps(sql: Sql, wanted: readonly NewSubnet[]): Promise<void> {
  const present = await sql.subnet.findMany({
    select: { id: true, cidr: true, networkId: true },
  });
  const occupied = present.flatMap(({ id, cidr, networkId }) =>
    occupiedBy(cidr, `subnet ${id} (${cidr}) of network ${networkId}`),
  );
  wanted.forEach(({ cidr }, place) => {
    const [own] = occupiedBy(cidr, `subnet ${place + 1} (${cidr}) of the request`);
    const other = own && occupied.find((one) => cidrsOverlap(own.cidr, one.cidr));
    if (other !== undefined) {
      throw new Fault('CONFLICT', {
        reason: `Requested subnet with cidr: ${cidr} overlaps with ${other.text}.`,
        type: 'SubnetOverlap',
      });
    }
    occupied.push(...(own === undefined ? [] : [own]));
  });
}

function occupiedBy(text: string, what: string): Occupied[] {
  const cidr = parseCidr(text);
  return cidr === undefined ? [] : [{ text: what, cidr }];
}
