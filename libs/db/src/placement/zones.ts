import { defaultZone } from '@metalcast/domain';
import type { Database } from '../database/database.js';
import { Prisma } from '../sql/prisma.js';

/** Nodes of one zone under one compute host. */
export interface ZoneOfHost {
  readonly zone: string;
  /** null: nodes that are enrolled under none, so any one serves them. */
  readonly host: string | null;
  /** Whether any of the nodes may get servers. */
  readonly usable: boolean;
}

/**
 * Every zone that has nodes, by compute host. A node's zone: its own, else that of its aggregates, else the default.
 */
export async function listZonesOfHosts({ sql }: Database): Promise<ZoneOfHost[]> {
  return sql.$queryRaw<ZoneOfHost[]>`
    WITH zoned AS (
      SELECT h.host, min(a.metadata ->> 'availability_zone') AS zone
        FROM aggregates a JOIN aggregate_hosts h ON h.aggregate_id = a.id
       WHERE a.metadata ->> 'availability_zone' IS NOT NULL GROUP BY h.host
    )
    SELECT coalesce(n.availability_zone, of_node.zone, of_host.zone, ${defaultZone}) AS zone,
           n.service_host AS host, bool_or(NOT n.maintenance AND NOT n.quarantined) AS usable
      FROM nodes n
      LEFT JOIN zoned of_node ON of_node.host = n.uuid::text
      LEFT JOIN zoned of_host ON of_host.host = n.service_host
     WHERE n.deleted_at IS NULL
     GROUP BY 1, 2`;
}

/** Zones that aggregates make, with the compute hosts among their members; a zone without members has the host null. */
export async function listZonesOfAggregates({
  sql,
}: Database): Promise<{ zone: string; host: string | null }[]> {
  return sql.$queryRaw`
    SELECT DISTINCT a.metadata ->> 'availability_zone' AS zone, h.host
      FROM aggregates a LEFT JOIN aggregate_hosts h ON h.aggregate_id = a.id
     WHERE a.metadata ->> 'availability_zone' IS NOT NULL`;
}

/** Whether a node or an aggregate names the zone, or it is the default. */
export async function isKnownZone({ sql }: Database, zone: string): Promise<boolean> {
  if (zone === defaultZone) {
    return true;
  }
  const [known] = await sql.$queryRaw<unknown[]>`
    SELECT 1 FROM aggregates WHERE metadata ->> 'availability_zone' = ${zone}
    UNION ALL SELECT 1 FROM nodes WHERE deleted_at IS NULL AND availability_zone = ${zone} LIMIT 1`;
  return known !== undefined;
}

const zone = Prisma.sql`coalesce(n.availability_zone, min(a.metadata ->> 'availability_zone'), ${defaultZone})`;
const nodesWithAggregates = Prisma.sql`
      FROM nodes n
      LEFT JOIN aggregate_hosts h ON h.host IN (n.service_host, n.uuid::text)
      LEFT JOIN aggregates a ON a.id = h.aggregate_id`;

/** The zone of the node whose uuid the expression gives; NULL without a node. */
export const zoneOfNode = (uuid: Prisma.Sql): Prisma.Sql => Prisma.sql`
    (SELECT ${zone} ${nodesWithAggregates} WHERE n.uuid = ${uuid} GROUP BY n.uuid, n.availability_zone)`;

/** The zones of these nodes, by uuid. */
export async function zonesOfNodes(
  database: Database,
  uuids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (uuids.length === 0) {
    return new Map();
  }
  const rows = await database.sql.$queryRaw<{ uuid: string; zone: string }[]>(Prisma.sql`
    SELECT n.uuid, ${zone} AS zone ${nodesWithAggregates}
     WHERE n.uuid = ANY (${[...uuids]}::uuid[])
     GROUP BY n.uuid, n.availability_zone`);
  return new Map(rows.map(({ uuid, zone }) => [uuid, zone]));
}
