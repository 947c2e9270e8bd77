import { randomBytes, randomUUID } from 'node:crypto';
import {
  cidrContains,
  Fault,
  lowestFree,
  parseCidr,
  parseIpv4,
  type AddressRange,
} from '@metalcast/domain';
import type { Port, Prisma, Subnet } from './generated/client.js';
import type { Sql } from './database.js';

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
  const place =
    fixedIp === undefined
      ? await freeAddress(sql, networkId, subnets)
      : await requestedAddress(sql, networkId, subnets, fixedIp);
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
  await requestedAddress(sql, networkId, await subnetsOf(sql, networkId), fixedIp);
}

/**
 * Gives a user's own port to a device, with the MAC of the node's NIC. Repeatable for the same device.
 * Faults: NOT_FOUND, also for another project's; CONFLICT as `requireFreePort`.
 */
export async function plugPort(
  sql: Sql,
  plug: { portId: string; projectId: string; mac: string; deviceId: string; deviceOwner: string },
): Promise<Port> {
  const { portId, projectId, mac, deviceId, deviceOwner } = plug;
  await sql.$queryRaw`SELECT 1 FROM ports WHERE id = ${portId}::uuid FOR UPDATE`;
  const port = await sql.port.findUnique({ where: { id: portId } });
  if (port?.projectId !== projectId) {
    throw new Fault('NOT_FOUND', { what: 'Port', id: portId });
  }
  requireFreePort(port, deviceId);
  return sql.port.update({
    where: { id: portId },
    data: { macAddress: mac, deviceId, deviceOwner },
  });
}

/** Fault CONFLICT when another device has the port, or a node may still use its address. */
export function requireFreePort(port: Port, deviceId?: string): void {
  const free = port.deviceId === '' || port.deviceId === deviceId;
  if (!free || port.reservedFor !== null) {
    throw new Fault('CONFLICT', { reason: `Port ${port.id} is still in use.` });
  }
}

/** Frees what the device has: ports made for it are deleted, a user's own are unplugged. Repeatable. */
export async function releasePorts(sql: Sql, device: { deviceId: string }): Promise<void> {
  await letGo(sql, { deviceId: device.deviceId });
}

/**
 * Takes the ports from the device, but keeps their addresses and MACs for a node that may still use them:
 * its power could not be confirmed off. Ends with `releaseReservedPorts`. Repeatable.
 */
export async function reservePorts(
  sql: Sql,
  { deviceId, nodeId }: { deviceId: string; nodeId: number },
): Promise<void> {
  await sql.port.updateMany({
    where: { deviceId },
    data: { deviceId: '', deviceOwner: '', status: 'DOWN', reservedFor: nodeId },
  });
}

/** Frees what was kept for the node, as `releasePorts` does. Repeatable. */
export async function releaseReservedPorts(sql: Sql, node: { nodeId: number }): Promise<void> {
  await letGo(sql, { reservedFor: node.nodeId });
}

/** A locally administered MAC of Neutron's range. */
export function newPortMac(): string {
  const tail = randomBytes(3).toString('hex').match(/../g) ?? [];
  return ['fa', '16', '3e', ...tail].join(':');
}

async function letGo(sql: Sql, where: Prisma.PortWhereInput): Promise<void> {
  await sql.port.deleteMany({ where: { ...where, ownedByServer: true } });
  for (const { id } of await sql.port.findMany({ where, select: { id: true } })) {
    // The node's MAC goes back with the node: the next server on it brings it to its own port.
    await sql.port.update({
      where: { id },
      data: {
        deviceId: '',
        deviceOwner: '',
        status: 'DOWN',
        reservedFor: null,
        macAddress: newPortMac(),
      },
    });
  }
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

interface Place {
  readonly subnetId: string;
  readonly ipAddress: string;
}

async function freeAddress(sql: Sql, networkId: string, subnets: Subnet[]): Promise<Place> {
  for (const subnet of subnets) {
    const taken = await takenAddresses(sql, subnet);
    const ipAddress = lowestFree(subnet.allocationPools as unknown as AddressRange[], taken);
    if (ipAddress !== undefined) {
      return { subnetId: subnet.id, ipAddress };
    }
  }
  throw new Fault('NETWORK_EXHAUSTED', {
    reason:
      subnets.length === 0
        ? `Network ${networkId} has no subnet to take an address from.`
        : `No more IP addresses available on network ${networkId}.`,
  });
}

async function requestedAddress(
  sql: Sql,
  networkId: string,
  subnets: Subnet[],
  fixedIp: string,
): Promise<Place> {
  const address = parseIpv4(fixedIp) ?? -1;
  const subnet = subnets.find(({ cidr }) => {
    const network = parseCidr(cidr);
    return network !== undefined && cidrContains(network, address);
  });
  if (subnet === undefined) {
    throw new Fault('BAD_REQUEST', {
      reason: `IP address ${fixedIp} is not a valid IP for any of the subnets on network ${networkId}.`,
    });
  }
  const taken = await takenAddresses(sql, subnet);
  if (taken.has(fixedIp)) {
    throw new Fault('CONFLICT', {
      reason: `IP address ${fixedIp} already allocated in subnet ${subnet.id}`,
    });
  }
  return { subnetId: subnet.id, ipAddress: fixedIp };
}

async function takenAddresses(sql: Sql, subnet: Subnet): Promise<Set<string>> {
  const ports = await sql.port.findMany({
    where: { subnetId: subnet.id, ipAddress: { not: null } },
    select: { ipAddress: true },
  });
  return new Set([
    ...ports.map(({ ipAddress }) => ipAddress ?? ''),
    ...(subnet.gatewayIp === null ? [] : [subnet.gatewayIp]),
  ]);
}
