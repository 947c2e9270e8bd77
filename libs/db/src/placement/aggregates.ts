import { isUuid } from '@metalcast/domain';
import type { Database } from '../database/database.js';
import { prepared } from '../sql/prepared.js';
import type { Queries } from '../sql/queries.js';

/**
 * Locks all aggregates until the transaction ends: which zone a node is in depends on every one of them. To be taken
 * before any lock of a node.
 */
export async function lockAggregates(sql: Queries): Promise<void> {
  await sql.$queryRaw`SELECT 1 FROM aggregates ORDER BY id FOR UPDATE`;
}

/** An aggregate as filters read it. */
interface AggregateWithHosts {
  readonly id: number;
  readonly name: string;
  readonly metadata: unknown;
  readonly hosts: readonly string[];
}

/** All of them, by their ids. */
export async function listAggregates({
  sql,
}: Pick<Database, 'sql'>): Promise<AggregateWithHosts[]> {
  return sql.$queryRaw<AggregateWithHosts[]>`${prepared('list_aggregates')}
    SELECT id, name, metadata, ARRAY(SELECT host FROM aggregate_hosts h WHERE h.aggregate_id = a.id) AS hosts
      FROM aggregates a ORDER BY id`;
}

/** Whether a compute service, or an enrolled node, names this host. */
export async function isComputeHost(sql: Queries, host: string): Promise<boolean> {
  const [known] = await sql.$queryRaw<unknown[]>`
    SELECT 1 FROM services WHERE "binary" = 'nova-compute' AND host = ${host}
    UNION ALL SELECT 1 FROM nodes WHERE deleted_at IS NULL AND service_host = ${host} LIMIT 1`;
  return known !== undefined;
}

/**
 * What `name` says as a member of an aggregate: a compute host (of a service, or that a node is enrolled under) as it
 * is, a node (uuid or name) as its uuid, its row locked. Undefined when it is neither.
 */
export async function resolveMember(sql: Queries, name: string): Promise<string | undefined> {
  const uuid = isUuid(name) ? name : null;
  if (await isComputeHost(sql, name)) {
    return name;
  }
  const [node] = await sql.$queryRaw<{ uuid: string }[]>`
    SELECT uuid FROM nodes
     WHERE deleted_at IS NULL AND (uuid = ${uuid}::uuid OR lower(name) = lower(${name})) FOR UPDATE`;
  return node?.uuid;
}

/** Touches the nodes of these members: readers of changes see them again, and claims of the earlier version fail. */
export async function touchMemberNodes(sql: Queries, members: readonly string[]): Promise<number> {
  const uuids = members.filter((member) => isUuid(member));
  return sql.$executeRaw`
    UPDATE nodes SET updated_at = clock_timestamp()
     WHERE deleted_at IS NULL
       AND (service_host = ANY (${[...members]}::text[]) OR uuid = ANY (${uuids}::uuid[]))`;
}

/** As `touchMemberNodes`, of all nodes. */
export async function touchAllNodes(sql: Queries): Promise<number> {
  return sql.$executeRaw`UPDATE nodes SET updated_at = clock_timestamp() WHERE deleted_at IS NULL`;
}

export interface ZoneConflict {
  /** Compute host or uuid of a node. */
  readonly member: string;
  readonly zones: readonly string[];
}

/** A compute host, or a node by itself and its host, that aggregates place in more than one zone. */
export async function findZoneConflict(sql: Queries): Promise<ZoneConflict | undefined> {
  const [conflict] = await sql.$queryRaw<ZoneConflict[]>`
    WITH zoned AS (
      SELECT h.host, a.metadata ->> 'availability_zone' AS zone
        FROM aggregates a JOIN aggregate_hosts h ON h.aggregate_id = a.id
       WHERE a.metadata ->> 'availability_zone' IS NOT NULL
    ), placed AS (
      SELECT host AS member, zone FROM zoned
      UNION ALL
      SELECT n.uuid::text, of_host.zone
        FROM zoned of_node
        JOIN nodes n ON n.uuid::text = of_node.host AND n.deleted_at IS NULL
        JOIN zoned of_host ON of_host.host = n.service_host
    )
    SELECT member, array_agg(DISTINCT zone ORDER BY zone) AS zones
      FROM placed GROUP BY member HAVING count(DISTINCT zone) > 1 ORDER BY member LIMIT 1`;
  return conflict;
}
