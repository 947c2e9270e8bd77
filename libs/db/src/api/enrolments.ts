import type { BmcIdentity, NamedNode } from '../bmc/bmc-identity.js';
import type { Database } from '../database/database.js';
import type { Interface, Node } from '../generated/client.js';
import { Prisma } from '../sql/prisma.js';
import type { Sql } from '../models/sql.js';

/** What is left out may also be undefined. */
type Optional<T> = { readonly [K in keyof T]?: T[K] | undefined };

export type NewInterface = Pick<Interface, 'address'> &
  Optional<Pick<Interface, 'datapathId' | 'portNo' | 'pxe'>>;

/** A node to be: what is left out is as for any new row. */
export type NewNode = Pick<Node, 'uuid' | 'cpus' | 'memoryMb' | 'localGb' | 'pmAddress'> &
  Optional<
    Pick<
      Node,
      | 'name'
      | 'serviceHost'
      | 'cpuArch'
      | 'resourceClass'
      | 'availabilityZone'
      | 'rack'
      | 'powerFeed'
      | 'switchName'
      | 'terminalPort'
      | 'powerDriver'
      | 'pmUser'
      | 'pmSecret'
      | 'maintenance'
      | 'maintenanceReason'
      | 'quarantined'
      | 'quarantineReason'
    >
  > &
  BmcIdentity & {
    readonly traits?: readonly string[] | undefined;
    readonly capabilities?: object | undefined;
    readonly pmOptions?: object | undefined;
    readonly rootDevice?: object | null | undefined;
    readonly keepDisks?: readonly object[] | undefined;
    readonly interfaces: readonly NewInterface[];
  };

/**
 * Inserts the nodes with their interfaces. A removed node of the same uuid comes back: the
 * new one goes on with its id, epoch and version, so that tokens, commands and messages of the former life are stale
 * for good; its disks hold what they held. The number of statements does not grow with the number of nodes. A value
 * that another node has is a unique violation.
 */
export async function insertNodes(sql: Sql, nodes: readonly NewNode[]): Promise<void> {
  const former = await takeFormerLives(
    sql,
    nodes.map(({ uuid }) => uuid),
  );
  const notes = await takeNotes(sql, nodes);
  const rows = nodes.map((node, place) => {
    const { id, epoch, version, dataOf = [] } = former.get(node.uuid) ?? {};
    const noted = notes.filter((note) => isSameBmc(note, node)).flatMap((note) => note.dataOf);
    return { ...node, place, id, epoch, version, dataOf: [...new Set([...dataOf, ...noted])] };
  });
  await sql.$executeRaw(insertion(rows));
}

type FormerLife = Pick<Node, 'id' | 'uuid' | 'epoch' | 'version' | 'dataOf'>;

/** Takes away the rows of removed nodes. */
async function takeFormerLives(
  sql: Sql,
  uuids: readonly string[],
): Promise<ReadonlyMap<string, FormerLife>> {
  const rows = await sql.$queryRaw<FormerLife[]>`
    DELETE FROM nodes WHERE uuid = ANY (${[...uuids]}::uuid[]) AND deleted_at IS NOT NULL
    RETURNING id, uuid, epoch, version + 1 AS version, data_of::text[] AS "dataOf"`;
  return new Map(rows.map((row) => [row.uuid, row]));
}

type Note = Pick<Node, 'bmcKey' | 'bmcEndpoints' | 'dataOf'>;

/**
 * Whose data is on the disks, of removed nodes with these BMCs: the machine is the same, whatever it is called now.
 * The note goes along, for its former rows never hear of the next deploy.
 */
async function takeNotes(sql: Sql, bmcs: readonly BmcIdentity[]): Promise<Note[]> {
  const keys = bmcs.map(({ bmcKey }) => bmcKey);
  const endpoints = bmcs.flatMap(({ bmcEndpoints }) => bmcEndpoints);
  return sql.$queryRaw<Note[]>`
    WITH former AS (
      SELECT id, bmc_key, bmc_endpoints, data_of FROM nodes
       WHERE deleted_at IS NOT NULL AND data_of <> '{}'
         AND (bmc_key = ANY (${keys}::text[]) OR bmc_endpoints && ${endpoints}::text[])
       ORDER BY id FOR UPDATE)
    UPDATE nodes SET data_of = '{}' FROM former WHERE nodes.id = former.id
    RETURNING former.bmc_key AS "bmcKey", former.bmc_endpoints AS "bmcEndpoints", former.data_of::text[] AS "dataOf"`;
}

const isSameBmc = (note: Note, { bmcKey, bmcEndpoints }: BmcIdentity): boolean =>
  note.bmcKey === bmcKey || note.bmcEndpoints.some((endpoint) => bmcEndpoints.includes(endpoint));

/** Of a column that is not given, the default that the table has. */
const insertion = (rows: readonly object[]): Prisma.Sql => Prisma.sql`
  WITH wanted AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS w (place int, id int, epoch int, version int, uuid uuid,
           name text, "serviceHost" text, cpus int, "memoryMb" int, "localGb" int, "cpuArch" text, "resourceClass" text,
           capabilities jsonb, "availabilityZone" text, traits text[], rack text, "powerFeed" text, "switchName" text,
           "terminalPort" int, "powerDriver" text, "pmAddress" text, "pmUser" text, "pmSecret" text, "pmOptions" jsonb,
           "bmcKey" text, "bmcEndpoints" text[], maintenance boolean, "maintenanceReason" text, quarantined boolean,
           "quarantineReason" text, "rootDevice" jsonb, "keepDisks" jsonb, "dataOf" uuid[], interfaces jsonb)
  ), enrolled AS (
    INSERT INTO nodes (id, epoch, version, uuid, name, service_host, cpus, memory_mb, local_gb, cpu_arch, resource_class,
           capabilities, availability_zone, traits, rack, power_feed, switch, terminal_port, power_driver, pm_address, pm_user,
           pm_secret, pm_options, bmc_key, bmc_endpoints, maintenance, maintenance_reason, quarantined, quarantine_reason,
           root_device, keep_disks, data_of, bmc_reached)
    SELECT coalesce(id, nextval('nodes_id_seq')), coalesce(epoch, 0), coalesce(version, 1), uuid, name, "serviceHost", cpus,
           "memoryMb", "localGb", coalesce("cpuArch", 'x86_64'), "resourceClass", coalesce(capabilities, '{}'), "availabilityZone",
           coalesce(traits, '{}'), rack, "powerFeed", "switchName", "terminalPort", coalesce("powerDriver", 'ipmi'), "pmAddress",
           "pmUser", "pmSecret", coalesce("pmOptions", '{}'), "bmcKey", "bmcEndpoints", coalesce(maintenance, false),
           "maintenanceReason", coalesce(quarantined, false), "quarantineReason", "rootDevice", coalesce("keepDisks", '[]'), "dataOf", false
      FROM wanted ORDER BY place
    RETURNING id, uuid
  ), plugged AS (
    INSERT INTO interfaces (node_id, address, datapath_id, port_no, pxe)
    SELECT enrolled.id, nic.address, nic."datapathId", nic."portNo", coalesce(nic.pxe, true)
      FROM wanted JOIN enrolled USING (uuid),
           ROWS FROM (jsonb_to_recordset(wanted.interfaces) AS (address text, "datapathId" text, "portNo" int, pxe boolean))
           WITH ORDINALITY AS nic (address, "datapathId", "portNo", pxe, place)
     ORDER BY wanted.place, nic.place
  )
  SELECT id, uuid FROM enrolled`;

/** What a node has, or is to have, that no other node may have. */
export interface NodeClaims {
  readonly uuid: string;
  readonly bmc?: BmcIdentity | undefined;
  readonly macs?: readonly string[] | undefined;
  readonly name?: string | null | undefined;
}

/** Which of its claims are taken, and by whom. */
export interface TakenClaims {
  /** There is a node of this uuid. */
  readonly uuid: boolean;
  readonly bmc: NamedNode | null;
  /** The node itself may have it. */
  readonly mac: (NamedNode & Pick<Interface, 'address'>) | null;
  readonly name: NamedNode | null;
}

/** Of each node, in their order, what others have: one statement for all of them. */
export async function findTaken(
  database: Database,
  claims: readonly NodeClaims[],
): Promise<TakenClaims[]> {
  const holders = await findHolders(database, claims);
  const byBmc = keyed(holders, ({ bmcKey, bmcEndpoints }) => [bmcKey ?? '', ...bmcEndpoints]);
  const byName = keyed(holders, ({ name }) => [name?.toLowerCase() ?? '']);
  const byMac = keyed(holders, ({ macs }) => macs);
  const uuids = new Set(holders.map(({ uuid }) => uuid));
  return claims.map(({ uuid, bmc, macs = [], name }) => {
    const another = (found: Holder | undefined): NamedNode | null =>
      found === undefined || found.uuid === uuid ? null : named(found);
    const bmcs = bmc === undefined ? [] : [bmc.bmcKey, ...bmc.bmcEndpoints];
    const address = macs.find((mac) => byMac.has(mac));
    const plugged = address === undefined ? undefined : byMac.get(address);
    return {
      uuid: uuids.has(uuid),
      bmc: bmcs.map((key) => another(byBmc.get(key))).find((holder) => holder !== null) ?? null,
      mac: address === undefined || plugged === undefined ? null : { address, ...named(plugged) },
      name: another(byName.get(name?.toLowerCase() ?? '')),
    };
  });
}

type Holder = Pick<Node, 'uuid' | 'name' | 'bmcKey' | 'bmcEndpoints'> & { readonly macs: string[] };

const named = ({ uuid, name }: Holder): NamedNode => ({ uuid, name });

/** The first holder of each key. */
function keyed(
  holders: readonly Holder[],
  keysOf: (holder: Holder) => readonly string[],
): ReadonlyMap<string, Holder> {
  const pairs = holders.flatMap((holder) => keysOf(holder).map((key) => [key, holder] as const));
  return new Map(pairs.filter(([key]) => key !== '').reverse());
}

/**
 * The nodes that have any of what is claimed, by their ids. Joins, not = ANY and &&: those compare each row with each
 * value while the planner does not know yet how many nodes there are, as when a fleet has just been enrolled.
 */
const findHolders = (database: Database, claims: readonly NodeClaims[]): Promise<Holder[]> =>
  database.statement<Holder>(
    'find_holders',
    Prisma.sql`
    WITH plugged AS MATERIALIZED (
      SELECT f.node_id, array_agg(f.address ORDER BY f.id) AS macs
        FROM interfaces f JOIN unnest(${claims.flatMap(({ macs }) => macs ?? [])}::text[]) AS w (address) USING (address) GROUP BY f.node_id
    ), holders AS (
      SELECT node_id AS id FROM plugged
      UNION SELECT n.id FROM nodes n JOIN unnest(${claims.map(({ uuid }) => uuid)}::uuid[]) AS w (uuid) USING (uuid)
      UNION SELECT n.id FROM nodes n JOIN unnest(${claims.flatMap(({ bmc }) => bmc?.bmcKey ?? [])}::text[]) AS w (bmc_key) USING (bmc_key)
      UNION SELECT e.id FROM (SELECT id, unnest(bmc_endpoints) AS endpoint FROM nodes) e
              JOIN unnest(${claims.flatMap(({ bmc }) => bmc?.bmcEndpoints ?? [])}::text[]) AS w (endpoint) USING (endpoint)
      UNION SELECT n.id FROM nodes n JOIN unnest(${claims.flatMap(({ name }) => name ?? [])}::text[]) AS w (name) ON lower(n.name) = lower(w.name)
    )
    SELECT n.uuid, n.name, n.bmc_key AS "bmcKey", n.bmc_endpoints AS "bmcEndpoints", coalesce(p.macs, '{}') AS macs
      FROM holders h JOIN nodes n ON n.id = h.id LEFT JOIN plugged p ON p.node_id = h.id
     WHERE n.deleted_at IS NULL ORDER BY n.id`,
  );
