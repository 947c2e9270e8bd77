import { randomBytes, randomUUID } from 'node:crypto';
import { Fault } from '@metalcast/domain';
import { freePlace, requestedPlace, type SubnetInUse } from './addresses.js';
import type { Port, Subnet } from './generated/client.js';
import type { Sql } from './sql.js';

export interface PortRequest {
  readonly networkId: string;
  /** Canonical; none makes one up (fa:16:3e:…), for a port that no node has yet. */
  readonly mac?: string | undefined;
  /** Takes the address from this one of the network's subnets. */
  readonly subnetId?: string | undefined;
  /** An address that the user asks for; none takes the lowest free one of the network's pools. */
  readonly fixedIp?: string | undefined;
  readonly projectId: string;
  readonly name?: string | undefined;
  /** uuid of the instance that uses it. */
  readonly deviceId?: string | undefined;
  readonly deviceOwner?: string | undefined;
  /** Made for a server and deleted with it. */
  readonly ownedByServer?: boolean | undefined;
  readonly adminStateUp?: boolean | undefined;
}

/**
 * Makes a port with an address. Repeatable: the port that this device already has with this MAC on the
 * network is returned. Faults: NOT_FOUND (network), NETWORK_EXHAUSTED (no subnet, no free address),
 * BAD_REQUEST (fixed address outside of the network), CONFLICT (address or MAC in use).
 */
export async function allocatePort(sql: Sql, request: PortRequest): Promise<Port> {
  const { networkId, deviceId = '', fixedIp, subnetId } = request;
  const mac = request.mac ?? newPortMac();
  const all = await lockSubnets(sql, networkId);
  const subnets = all.filter(({ id }) => subnetId === undefined || id === subnetId);
  const present = await sql.port.findFirst({ where: { networkId, macAddress: mac } });
  if (present !== null && present.deviceId === deviceId && deviceId !== '') {
    return present;
  }
  if (present !== null) {
    throw new Fault('CONFLICT', {
      reason: `Unable to complete operation for network ${networkId}. The mac address ${mac} is in use.`,
    });
  }
  const used = await inUse(sql, subnets);
  const place =
    fixedIp === undefined ? freePlace(networkId, used) : requestedPlace(networkId, used, fixedIp);
  return sql.port.create({
    data: {
      id: randomUUID(),
      networkId,
      ...place,
      projectId: request.projectId,
      name: request.name ?? '',
      macAddress: mac,
      deviceId,
      deviceOwner: request.deviceOwner ?? '',
      ownedByServer: request.ownedByServer ?? false,
      adminStateUp: request.adminStateUp ?? true,
    },
  });
}

/** Looks whether an address is to be had; takes nothing. Faults: BAD_REQUEST (outside of the network), CONFLICT. */
export async function requireFreeAddress(
  sql: Sql,
  { networkId, fixedIp }: { networkId: string; fixedIp: string },
): Promise<void> {
  requestedPlace(networkId, await inUse(sql, await subnetsOf(sql, networkId)), fixedIp);
}

/** Fault CONFLICT when another device has the port, or a node may still use its address. */
export function requireFreePort(port: Port, deviceId?: string): void {
  const free = port.deviceId === '' || port.deviceId === deviceId;
  if (!free || port.reservedFor !== null) {
    throw new Fault('CONFLICT', { reason: `Port ${port.id} is still in use.` });
  }
}

/** A locally administered MAC of Neutron's range. */
export function newPortMac(): string {
  const tail = randomBytes(3).toString('hex').match(/../g) ?? [];
  return ['fa', '16', '3e', ...tail].join(':');
}

/** All who allocate on a network wait here for each other, so that the lowest free address is free. */
async function lockSubnets(sql: Sql, networkId: string): Promise<Subnet[]> {
  const [network] = await sql.$queryRaw<object[]>`
    SELECT 1 FROM networks WHERE id = ${networkId}::uuid FOR UPDATE`;
  if (network === undefined) {
    throw new Fault('NOT_FOUND', { what: 'Network', id: networkId });
  }
  return subnetsOf(sql, networkId);
}

const subnetsOf = (sql: Sql, networkId: string): Promise<Subnet[]> =>
  sql.subnet.findMany({
    where: { networkId },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  });

async function inUse(sql: Sql, subnets: readonly Subnet[]): Promise<SubnetInUse[]> {
  const ports = await sql.port.findMany({
    where: { subnetId: { in: subnets.map(({ id }) => id) }, ipAddress: { not: null } },
    select: { subnetId: true, ipAddress: true },
  });
  return subnets.map((subnet) => {
    const taken = ports.filter(({ subnetId }) => subnetId === subnet.id);
    return { ...subnet, taken: new Set(taken.map(({ ipAddress }) => ipAddress ?? '')) };
  });
}
