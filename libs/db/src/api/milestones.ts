import type { BootMilestone } from '@metalcast/domain';
import { Prisma } from '../sql/prisma.js';
import type { Queries } from '../sql/queries.js';

/** The furthest on the way (not the newest) that the boot of the node `nodeId` in `epoch` has come: at most one row. */
const furthest = (nodeId: Prisma.Sql, epoch: Prisma.Sql): Prisma.Sql => Prisma.sql`
  SELECT type, time FROM (
    SELECT 1 AS place, 'node.power.on' AS type, max(c.switched_on_at) AS time FROM power_commands c
     WHERE c.node_id = ${nodeId} AND c.epoch = ${epoch}
    UNION ALL
    SELECT reached.* FROM boots b
     CROSS JOIN LATERAL (VALUES (2, 'boot.dhcp', b.dhcp_at), (3, 'boot.script', b.script_at),
       (4, 'boot.kernel', b.kernel_at), (5, 'boot.ramdisk', b.ramdisk_at)) AS reached
     WHERE b.node_id = ${nodeId} AND b.epoch = ${epoch}
    UNION ALL
    SELECT 6, 'agent.hello', d.created_at FROM deployments d WHERE d.node_id = ${nodeId} AND d.epoch = ${epoch}
  ) milestone (place, type, time)
   WHERE time IS NOT NULL ORDER BY place DESC LIMIT 1`;

/** Of each operation of the instance that has a node: how far that node's boot has come, by the operation's id. */
export async function milestonesOfOperations(
  sql: Queries,
  instanceUuid: string,
): Promise<Map<string, BootMilestone>> {
  const rows = await sql.$queryRaw<{ id: string; type: BootMilestone }[]>`
    SELECT o.id::text, seen.type
      FROM operations o CROSS JOIN LATERAL (${furthest(Prisma.sql`o.node_id`, Prisma.sql`o.epoch`)}) seen
     WHERE o.instance_uuid = ${instanceUuid}::uuid`;
  return new Map(rows.map(({ id, type }) => [id, type]));
}
