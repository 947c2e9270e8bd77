import { Prisma } from '../../sql/prisma.js';
import { keptSince, openOperations } from '../conditions.js';
import type { RetentionRule } from '../retention-rule.js';

const atOnce = 300;
const times = Prisma.raw(
  [
    'prepared_at',
    'prepare_fault_at',
    ...['dhcp_at', 'script_at', 'kernel_at', 'ramdisk_at', 'loop_at', 'foreign_dhcp_at'],
    ...['other_card_at', 'no_loader_at'],
    ...['local_script_at', 'local_dhcp_at', 'phone_home_at', 'first_sign_at'],
  ]
    .map((column) => `b.${column}`)
    .join(', '),
);

/**
 * Boots of epochs that are over, their time counted from the last that they saw. A live epoch reads its own row alone.
 */
export const pastBoots: RetentionRule = {
  name: 'boots',
  kept: 'operations',
  start: '[0, -1]',
  page: (after, keepMs) => Prisma.sql`
    WITH ${openOperations}, page AS MATERIALIZED (
      SELECT node_id, epoch FROM boots
       WHERE (node_id, epoch) > ((${after}::jsonb ->> 0)::int, (${after}::jsonb ->> 1)::int) ORDER BY node_id, epoch LIMIT ${atOnce}
    ), doomed AS MATERIALIZED (
      SELECT b.node_id, b.epoch FROM page JOIN boots b USING (node_id, epoch)
       WHERE coalesce(greatest(${times}), '-infinity') < ${keptSince(keepMs)}
         AND NOT EXISTS (SELECT FROM nodes n WHERE n.id = b.node_id AND n.epoch <= b.epoch)
         AND NOT EXISTS (SELECT FROM open o WHERE o.node_id = b.node_id)
         FOR UPDATE OF b SKIP LOCKED
    ), gone AS (
      DELETE FROM boots b USING doomed d WHERE b.node_id = d.node_id AND b.epoch = d.epoch RETURNING 1
    )
    SELECT (SELECT count(*)::int FROM gone) AS boots,
           (SELECT jsonb_build_array(node_id, epoch)::text FROM page WHERE (SELECT count(*) FROM page) = ${atOnce}
             ORDER BY node_id DESC, epoch DESC LIMIT 1) AS next`,
};
