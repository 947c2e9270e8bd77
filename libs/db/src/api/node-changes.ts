// Sets of nodes that an operator changes or removes: as many statements for a thousand as for one.
import type { Node } from '../generated/client.js';
import { Prisma } from '../sql/prisma.js';
import type { NodeKey } from './power-requests.js';
import type { Sql } from '../models/sql.js';

/** What must be known of a node that is to be changed or removed. */
export type LockedNode = Pick<
  Node,
  | 'id'
  | 'uuid'
  | 'name'
  | 'taskState'
  | 'operationId'
  | 'instanceUuid'
  | 'rootDevice'
  | 'keepDisks'
  | 'powerDriver'
  | 'pmAddress'
  | 'pmUser'
  | 'pmSecret'
  | 'pmOptions'
  | 'bmcKey'
>;

/**
 * Locks the nodes that the keys name until the transaction ends, in one order; of each key its node, undefined where
 * there is none.
 */
export async function lockNodes(
  sql: Sql,
  keys: readonly NodeKey[],
): Promise<(LockedNode | undefined)[]> {
  const uuids = keys.flatMap((key) => ('uuid' in key ? [key.uuid] : []));
  const names = keys.flatMap((key) => ('name' in key ? [key.name.toLowerCase()] : []));
  const nodes = await sql.$queryRaw<LockedNode[]>`
    SELECT id, uuid, name, task_state AS "taskState", operation_id AS "operationId", instance_uuid AS "instanceUuid",
           root_device AS "rootDevice", keep_disks AS "keepDisks", power_driver AS "powerDriver", pm_address AS "pmAddress",
           pm_user AS "pmUser", pm_secret AS "pmSecret", pm_options AS "pmOptions", bmc_key AS "bmcKey"
      FROM nodes
     WHERE deleted_at IS NULL AND id IN (
             SELECT n.id FROM nodes n WHERE n.uuid = ANY (${uuids}::uuid[])
             UNION ALL SELECT n.id FROM nodes n WHERE lower(n.name) = ANY (${names}::text[]))
     ORDER BY id FOR UPDATE`;
  const byKey = new Map<string, LockedNode>(
    nodes.flatMap((node) => [
      [`uuid ${node.uuid}`, node],
      ...(node.name === null ? [] : [[`name ${node.name.toLowerCase()}`, node] as const]),
    ]),
  );
  return keys.map((key) => {
    const [[kind, value] = []] = Object.entries(key);
    return byKey.get(`${kind ?? ''} ${String(value).toLowerCase()}`);
  });
}

/** What an operator may change of a node, and the column where it stands. */
const changeable = {
  name: 'name',
  serviceHost: 'service_host',
  cpus: 'cpus',
  memoryMb: 'memory_mb',
  localGb: 'local_gb',
  cpuArch: 'cpu_arch',
  resourceClass: 'resource_class',
  capabilities: 'capabilities',
  availabilityZone: 'availability_zone',
  traits: 'traits',
  rack: 'rack',
  powerFeed: 'power_feed',
  switchName: 'switch',
  powerDriver: 'power_driver',
  pmAddress: 'pm_address',
  pmUser: 'pm_user',
  pmSecret: 'pm_secret',
  pmOptions: 'pm_options',
  bmcKey: 'bmc_key',
  bmcEndpoints: 'bmc_endpoints',
  bmcReached: 'bmc_reached',
  maintenance: 'maintenance',
  maintenanceReason: 'maintenance_reason',
  quarantined: 'quarantined',
  quarantineReason: 'quarantine_reason',
  failures: 'failures',
  failedAt: 'failed_at',
  rootDevice: 'root_device',
  keepDisks: 'keep_disks',
  dataOf: 'data_of',
} as const;

/** What is left out, or undefined, stays as it is. */
export type NodePatch = { readonly [K in keyof typeof changeable]?: unknown };

/** A locked node, and what is to be changed of it. */
export interface PatchedNode {
  readonly node: Pick<LockedNode, 'id' | 'uuid' | 'name' | 'bmcKey'>;
  readonly patch: NodePatch;
}

/**
 * Writes the patches; returns the ids of the nodes that they change. Nodes may hand names and BMCs over to each other;
 * a value that another node has is a unique violation.
 */
export async function changeNodes(
  sql: Sql,
  nodes: readonly PatchedNode[],
): Promise<ReadonlySet<number>> {
  const rows = nodes.map(({ node: { id }, patch }) => ({ id, patch: byColumn(patch) }));
  const columns = [...new Set(rows.flatMap(({ patch }) => Object.keys(patch)))].sort();
  if (columns.length === 0) {
    return new Set();
  }
  await vacate(sql, nodes);
  // Columns that nobody changes are left out: a trigger looks at who names the BMC's.
  const values = Prisma.raw(columns.map((column) => `${column} = r.${column}`).join(', '));
  const listed = (row: string): string => columns.map((column) => `${row}.${column}`).join(', ');
  const differs = Prisma.raw(`ROW(${listed('n')}) IS DISTINCT FROM ROW(${listed('r')})`);
  const changed = await sql.$queryRaw<{ id: number }[]>`
    WITH changed AS MATERIALIZED (
      SELECT r.* FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS w (id int, patch jsonb)
        JOIN nodes n ON n.id = w.id, LATERAL jsonb_populate_record(n, w.patch) r
    )
    UPDATE nodes n SET ${values} FROM changed r WHERE n.id = r.id AND ${differs} RETURNING n.id`;
  return new Set(changed.map(({ id }) => id));
}

/** Those that give up their name, or their BMC, to another one of these nodes. */
export function givers<T extends PatchedNode>(nodes: readonly T[], what: 'name' | 'bmcKey'): T[] {
  const wanted = new Set(nodes.map(({ patch }) => lowerCase(patch[what])));
  return nodes.filter(({ node, patch }) => {
    const held = lowerCase(node[what]);
    const isGivenUp = patch[what] !== undefined && lowerCase(patch[what]) !== held;
    return isGivenUp && held !== undefined && wanted.has(held);
  });
}

const lowerCase = (value: unknown): string | undefined =>
  typeof value === 'string' ? value.toLowerCase() : undefined;

/** A unique index looks at each row as it is written: what is handed over must be free before. */
async function vacate(sql: Sql, nodes: readonly PatchedNode[]): Promise<void> {
  const names = givers(nodes, 'name').map(({ node: { id } }) => id);
  const bmcs = givers(nodes, 'bmcKey').map(({ node: { id } }) => id);
  if (names.length > 0 || bmcs.length > 0) {
    await sql.$executeRaw`
      UPDATE nodes
         SET name = CASE WHEN id = ANY (${names}::int[]) THEN NULL ELSE name END,
             bmc_key = CASE WHEN id = ANY (${bmcs}::int[]) THEN NULL ELSE bmc_key END
       WHERE id = ANY (${[...names, ...bmcs]}::int[])`;
  }
}

const byColumn = (patch: NodePatch): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(changeable)
      .map(([field, column]) => [column, patch[field as keyof NodePatch]] as const)
      .filter(([, value]) => value !== undefined),
  );

/**
 * Removes the nodes; their interfaces for good, so that their MACs can come back, and what a scheduler may know of them
 * is stale.
 */
export async function removeNodes(
  sql: Sql,
  nodes: readonly Pick<LockedNode, 'id' | 'uuid'>[],
): Promise<void> {
  const ids = nodes.map(({ id }) => id);
  const uuids = nodes.map(({ uuid }) => uuid);
  // The trigger of an interface changes its node, which a statement that changes the node itself must not meet.
  await sql.$executeRaw`DELETE FROM interfaces WHERE node_id = ANY (${ids}::int[])`;
  await sql.$executeRaw`DELETE FROM aggregate_hosts WHERE host = ANY (${uuids}::text[])`;
  await sql.$executeRaw`
    UPDATE nodes SET deleted_at = clock_timestamp(), name = NULL, epoch = epoch + 1 WHERE id = ANY (${ids}::int[])`;
}
