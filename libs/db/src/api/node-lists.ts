// Nodes as the API shows them, never with the password of their BMC: one statement reads a node, its interfaces and the
// last reading of its BMC.
import { isUuid } from '@metalcast/domain';
import type { Interface, Node } from '../generated/client.js';
import { Prisma } from '../sql/prisma.js';
import type { Database } from '../database/database.js';
import type { ListedTable } from './pages.js';
import type { NodeKey } from './power-requests.js';
import type { Queries } from '../sql/queries.js';

export type ShownInterface = Omit<Interface, 'nodeId'>;

/** A power command as it stands, or ended. */
export interface ShownPowerCommand {
  readonly key: string;
  readonly target: string;
  readonly state: string;
  readonly fault: unknown;
  /** As JSON has them. */
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

type ShownColumns = Omit<
  Node,
  'pmSecret' | 'bmcKey' | 'bmcEndpoints' | 'touched' | 'changeXid' | 'deletedAt'
>;

/** All that there is to know of a node but its password. */
export type ShownNode = ShownColumns & {
  readonly powerState: number | null;
  readonly powerStateAt: Date | null;
  readonly powerFault: unknown;
  /** The last power command; null: none, or it is forgotten. */
  readonly powerCommand: ShownPowerCommand | null;
  /** Deploy boots that were served in its present epoch. */
  readonly bootTry: number;
  readonly interfaces: readonly ShownInterface[];
};

/** As the API of 2013 shows it. */
export type BaremetalNode = Pick<
  ShownNode,
  | 'id'
  | 'serviceHost'
  | 'cpus'
  | 'memoryMb'
  | 'localGb'
  | 'pmAddress'
  | 'pmUser'
  | 'terminalPort'
  | 'instanceUuid'
  | 'interfaces'
>;

export type HypervisorNode = Pick<
  ShownNode,
  | 'id'
  | 'uuid'
  | 'serviceHost'
  | 'cpus'
  | 'memoryMb'
  | 'localGb'
  | 'maintenance'
  | 'instanceUuid'
  | 'operationId'
  | 'bmcReached'
  | 'powerFault'
> & { readonly interfaces: readonly unknown[] };

/** What clients of 2013 call a node by. */
interface NodeNumber {
  readonly id: number;
}

/** Nodes as rows of `R`. */
export type NodeList<R> = ListedTable & { readonly rows?: R };

const interfaces = `
  (SELECT coalesce(jsonb_agg(jsonb_build_object('id', i.id, 'address', i.address, 'datapathId', i.datapath_id, 'portNo', i.port_no,
                                                'vifUuid', i.vif_uuid, 'pxe', i.pxe) ORDER BY i.id), '[]')
     FROM interfaces i WHERE i.node_id = nodes.id) AS interfaces`;

const powerCommand = `jsonb_build_object('key', c.key, 'target', c.target, 'state', c.state, 'fault', c.fault,
    'createdAt', to_jsonb(c.created_at), 'finishedAt', to_jsonb(c.finished_at))`;

/** The epochs of a node's commands do not shrink; in this order an index finds the last one. */
const lastPowerCommand = `
  (SELECT ${powerCommand} FROM power_commands c WHERE c.node_id = nodes.id ORDER BY c.epoch DESC, c.id DESC LIMIT 1)
    AS "powerCommand"`;

const byId = { key: 'id', keyType: 'int' } as const;

export const shownNodes: NodeList<ShownNode> = {
  ...byId,
  markerColumn: { column: 'uuid', type: 'uuid' },
  table: 'nodes LEFT JOIN node_power p ON p.node_id = nodes.id',
  columns: Prisma.raw(`
    id, uuid, name, service_host AS "serviceHost", cpus, memory_mb AS "memoryMb", local_gb AS "localGb", cpu_arch AS "cpuArch",
    resource_class AS "resourceClass", capabilities, availability_zone AS "availabilityZone", traits, rack,
    power_feed AS "powerFeed", switch AS "switchName", terminal_port AS "terminalPort", power_driver AS "powerDriver",
    pm_address AS "pmAddress", pm_user AS "pmUser", pm_options AS "pmOptions", bmc_reached AS "bmcReached", maintenance,
    maintenance_reason AS "maintenanceReason", quarantined, quarantine_reason AS "quarantineReason", failures,
    failed_at AS "failedAt", root_device AS "rootDevice", keep_disks AS "keepDisks", data_of::text[] AS "dataOf",
    last_used_at AS "lastUsedAt", instance_uuid AS "instanceUuid", epoch, task_state AS "taskState",
    operation_id AS "operationId", boot_mode AS "bootMode", fault, nodes.version, created_at AS "createdAt",
    updated_at AS "updatedAt", p.power_state AS "powerState", p.power_state_at AS "powerStateAt", p.power_fault AS "powerFault",
    coalesce((SELECT b.boot_try FROM boots b WHERE b.node_id = nodes.id AND b.epoch = nodes.epoch), 0) AS "bootTry", ${lastPowerCommand}, ${interfaces}`),
};

export const baremetalNodes: NodeList<BaremetalNode> = {
  ...byId,
  table: 'nodes',
  columns: Prisma.raw(`
    id, service_host AS "serviceHost", cpus, memory_mb AS "memoryMb", local_gb AS "localGb", pm_address AS "pmAddress",
    pm_user AS "pmUser", terminal_port AS "terminalPort", instance_uuid AS "instanceUuid", ${interfaces}`),
};

export const hypervisorNodes: NodeList<HypervisorNode> = {
  ...byId,
  table: 'nodes LEFT JOIN node_power p ON p.node_id = nodes.id',
  columns: Prisma.raw(`
    id, uuid, service_host AS "serviceHost", cpus, memory_mb AS "memoryMb", local_gb AS "localGb", maintenance,
    instance_uuid AS "instanceUuid", operation_id AS "operationId", bmc_reached AS "bmcReached",
    p.power_fault AS "powerFault", ARRAY(SELECT i.id FROM interfaces i WHERE i.node_id = nodes.id) AS interfaces`),
};

/** A node by its id, uuid or name; undefined: there is no such node. */
export async function findShownNode(
  database: Database,
  key: NodeKey | NodeNumber,
): Promise<ShownNode | undefined> {
  const [node] = await database.sql.$queryRaw<ShownNode[]>(Prisma.sql`
    SELECT ${shownNodes.columns} FROM ${Prisma.raw(shownNodes.table)} WHERE deleted_at IS NULL AND ${isKey(key)}`);
  return node;
}

/** The power command of this key, if it is one for the node; undefined: there is none, or none yet. */
export async function findPowerCommand(
  database: Database,
  { nodeId, key }: { readonly nodeId: number; readonly key: string },
): Promise<ShownPowerCommand | undefined> {
  const [row] = await database.sql.$queryRaw<{ command: ShownPowerCommand }[]>(Prisma.sql`
    SELECT ${Prisma.raw(powerCommand)} AS command FROM power_commands c
     WHERE c.key = ${key} AND c.node_id = ${nodeId}`);
  return row?.command;
}

/** The nodes of these uuids, by uuid; those that are gone are left out. */
export async function findShownNodes(
  sql: Queries,
  uuids: readonly string[],
): Promise<ReadonlyMap<string, ShownNode>> {
  const nodes = await sql.$queryRaw<ShownNode[]>(Prisma.sql`
    SELECT ${shownNodes.columns} FROM ${Prisma.raw(shownNodes.table)}
     WHERE deleted_at IS NULL AND uuid = ANY (${[...uuids]}::uuid[])`);
  return new Map(nodes.map((node) => [node.uuid, node]));
}

/** What an operator calls a node by. */
export function nodeKeyOf(key: string): NodeKey {
  return isUuid(key) ? { uuid: key.toLowerCase() } : { name: key };
}

/** Names differ in more than case. */
function isKey(key: NodeKey | NodeNumber): Prisma.Sql {
  if ('id' in key) {
    return Prisma.sql`id = ${key.id}`;
  }
  return 'uuid' in key
    ? Prisma.sql`uuid = ${key.uuid}::uuid`
    : Prisma.sql`lower(name) = lower(${key.name})`;
}
