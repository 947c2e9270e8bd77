// The ports of a server on its node: set, kept and freed in a few statements, however many there are.
import { randomUUID } from 'node:crypto';
import { Fault } from '@metalcast/domain';
import { freeFixedIp, requestedFixedIp, type SubnetInUse } from './addresses.js';
import { isCandidate, oneOf } from './networks.js';
import type { Queries } from '../sql/queries.js';

/** The request for one port: an address of a network, or an existing port of the project. */
export interface PortWish {
  readonly network?: string | undefined;
  readonly port?: string | undefined;
  readonly fixedIp?: string | undefined;
}

/** Who plugs: a server onto a node. */
export interface PluggedServer {
  readonly deviceId: string;
  readonly deviceOwner: string;
  readonly projectId: string;
  readonly node: { readonly id: number; readonly uuid: string };
}

interface Nic {
  readonly id: number;
  readonly mac: string;
}

interface OwnPort {
  readonly id: string;
  readonly projectId: string;
  readonly deviceId: string;
  readonly reservedFor: number | null;
}

interface Subnet extends SubnetInUse {
  readonly networkId: string;
  readonly taken: Set<string>;
}

interface PresentPort {
  readonly id: string;
  readonly networkId: string;
  readonly mac: string;
  readonly deviceId: string;
}

/** The row that is written for one request. */
interface Plug {
  readonly nic: Nic;
  readonly port: string;
  readonly added?: {
    readonly networkId: string;
    readonly subnetId: string;
    readonly ipAddress: string;
  };
  readonly own?: true;
}

/**
 * Gives each wish a NIC of the node, the PXE one first, and a port with its MAC; `auto` is the one network that the
 * project sees. All who allocate on a network wait here for each other, so that the lowest free address is free.
 * Idempotent: ports that the server has already are kept. Faults: NETWORK_EXHAUSTED (no network, address or NIC left),
 * NOT_FOUND (network; port, also another project's), CONFLICT (address, MAC or port in use), BAD_REQUEST.
 */
export async function plugServer(
  sql: Queries,
  server: PluggedServer,
  asked: readonly PortWish[] | 'auto',
): Promise<void> {
  const { nics, networks, ports } = await lock(sql, server, asked);
  const wishes = asked === 'auto' ? [{ network: oneOf(networks) }] : asked;
  if (wishes.length === 0) {
    return;
  }
  if (wishes.length > nics.length) {
    throw new Fault('NETWORK_EXHAUSTED', {
      reason: `The server asks for ${String(wishes.length)} networks, node ${server.node.uuid} has ${String(nics.length)} network interfaces.`,
    });
  }
  const used = await readUse(sql, networks, nics);
  const plugs = wishes.map((wish, place): Plug => {
    const nic = nics[place] as Nic;
    return wish.port === undefined
      ? plugNetwork(server, wish, nic, { networks, ...used })
      : plugOwn(server, wish.port, nic, ports);
  });
  await write(sql, server, plugs);
}

/** Takes the NICs of the node from its server. Idempotent. */
export async function unplugNode(sql: Queries, nodeId: number): Promise<void> {
  await sql.$executeRaw`
    UPDATE interfaces SET vif_uuid = NULL WHERE node_id = ${nodeId} AND vif_uuid IS NOT NULL`;
}

/** The server's ports are in use by a system that runs. Idempotent. */
export async function activatePorts(sql: Queries, deviceId: string): Promise<void> {
  await sql.$executeRaw`UPDATE ports SET status = 'ACTIVE' WHERE device_id = ${deviceId}`;
}

/** Frees what the device has: ports made for it are deleted, a user's own are unplugged. Idempotent. */
export async function releasePorts(
  sql: Queries,
  { deviceId }: { readonly deviceId: string },
): Promise<void> {
  await release(sql, { deviceId, reservedFor: null });
}

/**
 * Takes the ports from the device, but keeps their addresses and MACs for a node that may still use them:
 * its power could not be confirmed off. Ends with `releaseReservedPorts`. Idempotent.
 */
export async function reservePorts(
  sql: Queries,
  { deviceId, nodeId }: { readonly deviceId: string; readonly nodeId: number },
): Promise<void> {
  await sql.$executeRaw`
    UPDATE ports SET device_id = '', device_owner = '', status = 'DOWN', reserved_for = ${nodeId}
     WHERE device_id = ${deviceId}`;
}

/** Frees what was kept for the node, as `releasePorts` does. Idempotent. */
export async function releaseReservedPorts(
  sql: Queries,
  { nodeId }: { readonly nodeId: number },
): Promise<void> {
  await release(sql, { deviceId: null, reservedFor: nodeId });
}

/** A MAC of Neutron's range for a port that has no node any more: the next one brings its own. */
async function release(
  sql: Queries,
  {
    deviceId,
    reservedFor,
  }: { readonly deviceId: string | null; readonly reservedFor: number | null },
): Promise<void> {
  await sql.$executeRaw`
    WITH gone AS (
      DELETE FROM ports WHERE owned_by_server
         AND (device_id = ${deviceId}::text OR reserved_for = ${reservedFor}::int)
    )
    UPDATE ports SET device_id = '', device_owner = '', status = 'DOWN', reserved_for = NULL,
           mac_address = regexp_replace(left(md5(gen_random_uuid()::text), 6), '(..)(..)(..)', 'fa:16:3e:\\1:\\2:\\3')
     WHERE NOT owned_by_server AND (device_id = ${deviceId}::text OR reserved_for = ${reservedFor}::int)`;
}

interface Locked {
  readonly nics: readonly Nic[];
  readonly networks: readonly string[];
  readonly ports: readonly OwnPort[];
}

/** Networks first, then ports, each in one order. */
async function lock(
  sql: Queries,
  { node, projectId }: PluggedServer,
  asked: readonly PortWish[] | 'auto',
): Promise<Locked> {
  const isAuto = asked === 'auto';
  const wishes = isAuto ? [] : asked;
  const networks = wishes.flatMap(({ network }) => network ?? []);
  const ports = wishes.flatMap(({ port }) => port ?? []);
  const [row] = await sql.$queryRaw<{ [K in keyof Locked]: Locked[K] | null }[]>`
    WITH nets AS MATERIALIZED (
      SELECT id FROM networks
       WHERE id = ANY (${networks}::uuid[])
          OR (${isAuto} AND ${isCandidate(projectId)})
       ORDER BY id FOR UPDATE
    ), own AS MATERIALIZED (
      SELECT id, project_id AS "projectId", device_id AS "deviceId", reserved_for AS "reservedFor" FROM ports
       WHERE id = ANY (${ports}::uuid[]) AND (SELECT count(*) FROM nets) >= 0 ORDER BY id FOR UPDATE
    )
    SELECT (SELECT jsonb_agg(jsonb_build_object('id', id, 'mac', address) ORDER BY pxe DESC, id)
              FROM interfaces WHERE node_id = ${node.id}) AS nics,
           (SELECT jsonb_agg(id) FROM nets) AS networks,
           (SELECT jsonb_agg(to_jsonb(own)) FROM own) AS ports`;
  return { nics: row?.nics ?? [], networks: row?.networks ?? [], ports: row?.ports ?? [] };
}

interface Use {
  readonly subnets: readonly Subnet[];
  readonly present: readonly PresentPort[];
}

/** A statement of its own: it sees what those wrote for whom the networks were locked before. */
async function readUse(
  sql: Queries,
  networks: readonly string[],
  nics: readonly Nic[],
): Promise<Use> {
  const [row] = await sql.$queryRaw<
    {
      subnets: (Omit<Subnet, 'taken'> & { taken: string[] | null })[] | null;
      present: PresentPort[] | null;
    }[]
  >`
    SELECT (SELECT jsonb_agg(jsonb_build_object(
                     'id', s.id, 'networkId', s.network_id, 'cidr', s.cidr, 'gatewayIp', s.gateway_ip,
                     'allocationPools', s.allocation_pools,
                     'taken', (SELECT jsonb_agg(p.ip_address) FROM ports p
                                WHERE p.subnet_id = s.id AND p.ip_address IS NOT NULL)) ORDER BY s.created_at, s.id)
              FROM subnets s WHERE s.network_id = ANY (${[...networks]}::uuid[])) AS subnets,
           (SELECT jsonb_agg(jsonb_build_object(
                     'id', p.id, 'networkId', p.network_id, 'mac', p.mac_address, 'deviceId', p.device_id))
              FROM ports p WHERE p.network_id = ANY (${[...networks]}::uuid[])
               AND p.mac_address = ANY (${nics.map(({ mac }) => mac)})) AS present`;
  return {
    subnets: (row?.subnets ?? []).map((subnet) => ({
      ...subnet,
      taken: new Set(subnet.taken ?? []),
    })),
    present: row?.present ?? [],
  };
}

function plugNetwork(
  { deviceId }: PluggedServer,
  { network, fixedIp }: PortWish,
  nic: Nic,
  { networks, subnets, present }: Use & Pick<Locked, 'networks'>,
): Plug {
  if (network === undefined) {
    throw new Fault('BAD_REQUEST', { reason: 'A requested network needs a uuid or a port.' });
  }
  if (!networks.includes(network)) {
    throw new Fault('NOT_FOUND', { what: 'Network', id: network });
  }
  const there = present.find(({ networkId, mac }) => networkId === network && mac === nic.mac);
  if (there?.deviceId === deviceId) {
    return { nic, port: there.id };
  }
  if (there !== undefined) {
    throw new Fault('CONFLICT', {
      reason: `Unable to complete operation for network ${network}. The mac address ${nic.mac} is in use.`,
    });
  }
  const own = subnets.filter(({ networkId }) => networkId === network);
  const place =
    fixedIp === undefined ? freeFixedIp(network, own) : requestedFixedIp(network, own, fixedIp);
  own.find(({ id }) => id === place.subnetId)?.taken.add(place.ipAddress);
  return { nic, port: randomUUID(), added: { networkId: network, ...place } };
}

function plugOwn(
  { projectId, deviceId }: PluggedServer,
  id: string,
  nic: Nic,
  ports: readonly OwnPort[],
): Plug {
  const port = ports.find((candidate) => candidate.id === id);
  if (port?.projectId !== projectId) {
    throw new Fault('NOT_FOUND', { what: 'Port', id });
  }
  if ((port.deviceId !== '' && port.deviceId !== deviceId) || port.reservedFor !== null) {
    throw new Fault('CONFLICT', { reason: `Port ${id} is still in use.` });
  }
  return { nic, port: id, own: true };
}

async function write(
  sql: Queries,
  { deviceId, deviceOwner, projectId }: PluggedServer,
  plugs: readonly Plug[],
): Promise<void> {
  const rows = plugs.map(({ nic, port, added, own }) => ({
    nic: nic.id,
    mac: nic.mac,
    port,
    own: own === true,
    network: added?.networkId,
    subnet: added?.subnetId,
    ip: added?.ipAddress,
  }));
  await sql.$executeRaw`
    WITH plug AS MATERIALIZED (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        AS p (nic int, mac text, port uuid, own boolean, network uuid, subnet uuid, ip text)
    ), added AS (
      INSERT INTO ports (id, network_id, subnet_id, project_id, mac_address, ip_address, device_id, device_owner, owned_by_server)
      SELECT port, network, subnet, ${projectId}, mac, ip, ${deviceId}, ${deviceOwner}, true
        FROM plug WHERE network IS NOT NULL
    ), own AS (
      UPDATE ports SET mac_address = plug.mac, device_id = ${deviceId}, device_owner = ${deviceOwner}
        FROM plug WHERE plug.own AND ports.id = plug.port
    )
    UPDATE interfaces SET vif_uuid = plug.port FROM plug WHERE interfaces.id = plug.nic`;
}
