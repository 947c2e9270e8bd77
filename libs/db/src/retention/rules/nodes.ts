import { isOpen } from '../../power/power-command-states.js';
import { Prisma } from '../../sql/prisma.js';
import { hasMessages, keptSince, openOperations } from '../conditions.js';
import { nextByKey } from '../key-walk.js';
import type { RetentionRule } from '../retention-rule.js';

/** Few, for each goes with all that was done to it. */
const atOnce = 20;

/**
 * Deleted nodes with their power commands, deployments and boots. One whose disks hold the data of servers stays until
 * the machine is enrolled again and takes that note over; so does one for which addresses are reserved, or on which
 * something works.
 */
export const deletedNodes: RetentionRule = {
  name: 'nodes',
  kept: 'nodes',
  start: '0',
  page: (after, keepMs) => Prisma.sql`
    WITH ${openOperations}, page AS MATERIALIZED (
      SELECT id FROM nodes WHERE deleted_at < ${keptSince(keepMs)} AND id > ${after}::int ORDER BY id LIMIT ${atOnce}
    ), doomed AS MATERIALIZED (
      SELECT n.id FROM page JOIN nodes n ON n.id = page.id
       WHERE n.deleted_at IS NOT NULL AND n.data_of = '{}' AND n.instance_uuid IS NULL
         AND NOT EXISTS (SELECT FROM open o WHERE o.node_id = n.id OR o.id = n.operation_id)
         AND NOT EXISTS (SELECT FROM power_commands c WHERE c.node_id = n.id AND ${isOpen('c')})
         AND NOT EXISTS (SELECT FROM interfaces f WHERE f.node_id = n.id)
         AND NOT EXISTS (SELECT FROM ports p WHERE p.reserved_for = n.id)
         AND NOT ${hasMessages('n.uuid::text')}
         FOR UPDATE OF n SKIP LOCKED
    ), commands_gone AS (
      DELETE FROM power_commands c USING doomed d WHERE c.node_id = d.id RETURNING 1
    ), deployments_gone AS (
      DELETE FROM deployments p USING doomed d WHERE p.node_id = d.id RETURNING 1
    ), boots_gone AS (
      DELETE FROM boots b USING doomed d WHERE b.node_id = d.id RETURNING 1
    ), gone AS (
      DELETE FROM nodes n USING doomed d WHERE n.id = d.id RETURNING 1
    )
    SELECT (SELECT count(*)::int FROM gone) AS nodes, (SELECT count(*)::int FROM commands_gone) AS power_commands,
           (SELECT count(*)::int FROM deployments_gone) AS deployments, (SELECT count(*)::int FROM boots_gone) AS boots,
           ${nextByKey('id', atOnce)} AS next`,
};
