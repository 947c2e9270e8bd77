import { randomBytes, randomUUID } from 'node:crypto';
import { Fault } from '@metalcast/domain';
import {
  freeFixedIps,
  nextFixedIp,
  requestedFixedIp,
  type FixedIp,
  type SubnetInUse,
} from './addresses.js';
import type { Port } from '../generated/client.js';
import { Prisma } from '../sql/prisma.js';
import type { Sql } from '../models/sql.js';

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
  readonly description?: string | undefined;
  /** uuid of the instance that uses it. */
  readonly deviceId?: string | undefined;
  readonly deviceOwner?: string | undefined;
  /** Made for a server and deleted with it. */
  readonly ownedByServer?: boolean | undefined;
  readonly adminStateUp?: boolean | undefined;
}

/** A port's row as it is shown. */
export const portColumns = Prisma.raw(`
  id, network_id AS "networkId", subnet_id AS "subnetId", project_id AS "projectId", name, description, mac_address AS "macAddress",
  ip_address AS "ipAddress", device_id AS "deviceId", device_owner AS "deviceOwner", status, admin_state_up AS "adminStateUp",
  owned_by_server AS "ownedByServer", reserved_for AS "reservedFor", created_at AS "createdAt", updated_at AS "updatedAt"`);

/** One of `allocatePorts`. */
export async function allocatePort(sql: Sql, request: PortRequest): Promise<Port> {
  const [port] = await allocatePorts(sql, [request]);
  return port as Port;
}

/**
 * Makes a port with an address for each request, in their order: all or none. Addresses that are asked for are given
 * before those that are not. Idempotent: the port that a device already has with this MAC on the network is returned.
 * The number of statements does not grow with the number of ports. Faults: NOT_FOUND (network), NETWORK_EXHAUSTED (no
 * subnet, no free address), BAD_REQUEST (fixed address outside of the network), CONFLICT (address or MAC in use).
 */
export async function allocatePorts(sql: Sql, requests: readonly PortRequest[]): Promise<Port[]> {
  const wanted = requests.map((request) => ({ ...request, mac: request.mac ?? newPortMac() }));
  const use = await lockUse(sql, wanted);
  const macs = new MacsInUse(use.present);
  const places = new Places(use.subnets);
  const drafts = wanted.map((request) => ({ request, port: macs.take(request) }));
  const open = drafts.filter(({ port }) => port === undefined);
  const placed = new Map(
    [
      ...open.filter(({ request }) => request.fixedIp !== undefined),
      ...open.filter(({ request }) => request.fixedIp === undefined),
    ].map(({ request }) => [request, places.take(request)]),
  );
  const made = await insertPorts(sql, placed);
  return drafts.map(({ request, port }) => (port ?? made.get(request)) as Port);
}

type PortDraft = PortRequest & { readonly mac: string };

/** The MACs of ports on each network: no two have one. */
class MacsInUse {
  private readonly ports: Map<string, Port | undefined>;

  constructor(present: readonly Port[]) {
    this.ports = new Map(present.map((port) => [keyOf(port.networkId, port.macAddress), port]));
  }

  /** The port that the device has with this MAC; undefined: one is to be made. Fault CONFLICT. */
  take({ networkId, mac, deviceId = '' }: PortDraft): Port | undefined {
    const key = keyOf(networkId, mac);
    const present = this.ports.get(key);
    if (present !== undefined && present.deviceId === deviceId && deviceId !== '') {
      return present;
    }
    if (this.ports.has(key)) {
      throw new Fault('CONFLICT', {
        reason: `Unable to complete operation for network ${networkId}. The mac address ${mac} is in use.`,
      });
    }
    this.ports.set(key, undefined);
    return undefined;
  }
}

const keyOf = (networkId: string, mac: string): string => `${networkId} ${mac}`;

interface LockedSubnet extends SubnetInUse {
  readonly networkId: string;
  readonly taken: Set<string>;
}

/** The addresses of the networks' subnets, given one after the other. */
class Places {
  private readonly free = new Map<string, Generator<FixedIp, undefined>>();

  constructor(private readonly subnets: readonly LockedSubnet[]) {}

  /** Faults NETWORK_EXHAUSTED, BAD_REQUEST, CONFLICT. */
  take({ networkId, subnetId, fixedIp }: PortRequest): FixedIp {
    const own = this.subnets.filter(
      (subnet) =>
        subnet.networkId === networkId && (subnetId === undefined || subnet.id === subnetId),
    );
    const place =
      fixedIp === undefined
        ? nextFixedIp(networkId, own, this.freeOf(`${networkId} ${subnetId ?? ''}`, own))
        : requestedFixedIp(networkId, own, fixedIp);
    own.find(({ id }) => id === place.subnetId)?.taken.add(place.ipAddress);
    return place;
  }

  private freeOf(key: string, own: readonly LockedSubnet[]): Generator<FixedIp, undefined> {
    const free = this.free.get(key) ?? freeFixedIps(own);
    this.free.set(key, free);
    return free;
  }
}

/** Looks whether an address is to be had; takes nothing. Faults: BAD_REQUEST (outside of the network), CONFLICT. */
export async function requireFreeAddress(
  sql: Sql,
  { networkId, fixedIp }: { networkId: string; fixedIp: string },
): Promise<void> {
  const { subnets } = await readUse(sql, [networkId], []);
  requestedFixedIp(networkId, subnets, fixedIp);
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

interface NetworkUse {
  readonly subnets: readonly LockedSubnet[];
  /** Those with one of the MACs. */
  readonly present: readonly Port[];
}

/** All who allocate on a network wait here for each other, so that the lowest free address is free. Fault NOT_FOUND. */
async function lockUse(sql: Sql, wanted: readonly PortDraft[]): Promise<NetworkUse> {
  const ids = [...new Set(wanted.map(({ networkId }) => networkId))];
  const locked = await sql.$queryRaw<{ id: string }[]>`
    SELECT id FROM networks WHERE id = ANY (${ids}::uuid[]) ORDER BY id FOR UPDATE`;
  const known = new Set(locked.map(({ id }) => id));
  const unknown = ids.find((id) => !known.has(id.toLowerCase()));
  if (unknown !== undefined) {
    throw new Fault('NOT_FOUND', { what: 'Network', id: unknown });
  }
  return readUse(
    sql,
    ids,
    wanted.map(({ mac }) => mac),
  );
}

/** A statement of its own: it sees what those wrote for whom the networks were locked before. */
async function readUse(
  sql: Sql,
  networks: readonly string[],
  macs: readonly string[],
): Promise<NetworkUse> {
  const subnets = await sql.$queryRaw<(Omit<LockedSubnet, 'taken'> & { taken: string[] })[]>`
    SELECT s.id, s.network_id AS "networkId", s.cidr, s.gateway_ip AS "gatewayIp", s.allocation_pools AS "allocationPools",
           ARRAY(SELECT p.ip_address FROM ports p WHERE p.subnet_id = s.id AND p.ip_address IS NOT NULL) AS taken
      FROM subnets s WHERE s.network_id = ANY (${[...networks]}::uuid[]) ORDER BY s.created_at, s.id`;
  const present =
    macs.length === 0
      ? []
      : await sql.$queryRaw<Port[]>`
          SELECT ${portColumns} FROM ports
           WHERE network_id = ANY (${[...networks]}::uuid[]) AND mac_address = ANY (${[...macs]}::text[])`;
  return { subnets: subnets.map((each) => ({ ...each, taken: new Set(each.taken) })), present };
}

async function insertPorts<R extends PortDraft>(
  sql: Sql,
  placed: ReadonlyMap<R, FixedIp>,
): Promise<ReadonlyMap<R, Port>> {
  const ids = new Map([...placed.keys()].map((request) => [request, randomUUID()]));
  const rows = [...placed].map(([request, place]) => ({
    id: ids.get(request),
    network: request.networkId,
    subnet: place.subnetId,
    ip: place.ipAddress,
    project: request.projectId,
    name: request.name ?? '',
    description: request.description ?? '',
    mac: request.mac,
    device: request.deviceId ?? '',
    owner: request.deviceOwner ?? '',
    owned: request.ownedByServer ?? false,
    up: request.adminStateUp ?? true,
  }));
  if (rows.length === 0) {
    return new Map();
  }
  const made = await sql.$queryRaw<Port[]>`
    INSERT INTO ports (id, network_id, subnet_id, ip_address, project_id, name, description, mac_address, device_id, device_owner,
                       owned_by_server, admin_state_up)
    SELECT id, network, subnet, ip, project, name, description, mac, device, owner, owned, up
      FROM ROWS FROM (jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
             AS (id uuid, network uuid, subnet uuid, ip text, project text, name text, description text, mac text, device text, owner text,
                 owned boolean, up boolean))
           WITH ORDINALITY AS p (id, network, subnet, ip, project, name, description, mac, device, owner, owned, up, place)
     ORDER BY place
    RETURNING ${portColumns}`;
  const byId = new Map(made.map((port) => [port.id, port]));
  return new Map([...ids].map(([request, id]) => [request, byId.get(id) as Port]));
}
