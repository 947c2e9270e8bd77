import type { Database } from '../database/database.js';
import { Prisma } from '../sql/prisma.js';

/** A node as a scheduler reads it: the input of filters and weighers, and the version that a claim names. */
export interface SchedulingNode {
  readonly id: number;
  readonly uuid: string;
  readonly name: string | null;
  readonly version: number;
  readonly epoch: number;
  readonly deleted: boolean;
  readonly service_host: string | null;
  readonly cpus: number;
  readonly memory_mb: number;
  readonly local_gb: number;
  readonly cpu_arch: string;
  readonly resource_class: string | null;
  readonly capabilities: unknown;
  readonly availability_zone: string | null;
  readonly traits: string[];
  readonly rack: string | null;
  readonly power_feed: string | null;
  readonly switch: string | null;
  readonly instance_uuid: string | null;
  readonly instance_flavor: string | null;
  readonly task_state: string | null;
  readonly maintenance: boolean;
  readonly maintenance_reason: string | null;
  readonly quarantined: boolean;
  readonly quarantine_reason: string | null;
  readonly bmc_reached: boolean;
  readonly failures: number;
  readonly failed_at: Date | null;
  readonly last_used_at: Date | null;
  readonly interfaces: number;
  /** As the last ramdisk that knew it reported. */
  readonly firmware: 'bios' | 'uefi' | null;
}

/** Numbers of the rows that are not deleted; two equal ones are as good as equal rows. */
export interface NodesDigest {
  readonly count: number;
  readonly versions: number;
}

const columns = Prisma.raw(`
  n.id, n.uuid, n.name, n.version, n.epoch, n.deleted_at IS NOT NULL AS deleted, n.service_host, n.cpus, n.memory_mb, n.local_gb,
  n.cpu_arch, n.resource_class, n.capabilities, n.availability_zone, n.traits, n.rack, n.power_feed, n.switch,
  n.instance_uuid, i.flavor ->> 'flavorid' AS instance_flavor, n.task_state, n.maintenance, n.maintenance_reason,
  n.quarantined, n.quarantine_reason, n.bmc_reached, n.failures, n.failed_at, n.last_used_at,
  (SELECT count(*)::int FROM interfaces f WHERE f.node_id = n.id) AS interfaces,
  (SELECT d.inventory ->> 'firmware' FROM deployments d
    WHERE d.node_id = n.id AND d.inventory ->> 'firmware' IN ('bios', 'uefi') ORDER BY d.epoch DESC LIMIT 1) AS firmware`);

/** Where to read on from so that no commit is missed: older than every transaction that is under way. */
export async function nodesCursor({ sql }: Database): Promise<string> {
  const [row] = await sql.$queryRaw<{ cursor: string }[]>`
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS cursor`;
  if (row === undefined) {
    throw new Error('the database told no snapshot');
  }
  return row.cursor;
}

/** Nodes that are not deleted, in the order of their ids, beginning after `afterId`. */
export async function readNodesPage(
  { sql }: Database,
  afterId: number,
  limit: number,
): Promise<SchedulingNode[]> {
  return sql.$queryRaw<SchedulingNode[]>`
    SELECT ${columns} FROM nodes n LEFT JOIN instances i ON i.uuid = n.instance_uuid
     WHERE n.id > ${afterId} AND n.deleted_at IS NULL ORDER BY n.id LIMIT ${limit}`;
}

/**
 * Nodes changed by transactions from the cursor on, deleted ones as well, and the next cursor. Some come again:
 * `version` tells. Source: the design's "Cursors".
 */
export async function readChangedNodes(
  { sql }: Database,
  cursor: string,
): Promise<{ nodes: SchedulingNode[]; cursor: string }> {
  const rows = await sql.$queryRaw<(SchedulingNode & { cursor: string })[]>`
    SELECT s.cursor, ${columns}
      FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS cursor) s
      LEFT JOIN nodes n ON n.change_xid >= ${cursor}::xid8
      LEFT JOIN instances i ON i.uuid = n.instance_uuid`;
  return {
    nodes: rows.filter(({ id }: { id: number | null }) => id !== null),
    cursor: rows[0]?.cursor ?? cursor,
  };
}

export async function nodesDigest({ sql }: Database): Promise<NodesDigest> {
  const [row] = await sql.$queryRaw<NodesDigest[]>`
    SELECT count(*)::int AS count, coalesce(sum(version), 0)::float8 AS versions
      FROM nodes WHERE deleted_at IS NULL`;
  return row ?? { count: 0, versions: 0 };
}
