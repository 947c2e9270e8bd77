import { deploymentStates } from '@metalcast/domain';
import { Prisma } from '../../sql/prisma.js';
import { among } from '../../sql/state-words.js';
import { keptSince, openOperations } from '../conditions.js';
import { nextWhileOld } from '../key-walk.js';
import type { RetentionRule } from '../retention-rule.js';

const atOnce = 200;

/** Whether the deployment has this information and no later one of the node has it. */
const isLastToTell = (what: Prisma.Sql, asked: Prisma.Sql): Prisma.Sql => Prisma.sql`
  (${what} IS TRUE
   AND NOT EXISTS (SELECT FROM deployments later WHERE later.node_id = d.node_id AND later.epoch > d.epoch AND ${asked}))`;

const firmware = (row: string): Prisma.Sql =>
  Prisma.raw(`(${row}.inventory ->> 'firmware' IN ('bios', 'uefi'))`);
const extents = (row: string): Prisma.Sql => Prisma.raw(`(${row}.verify_extents IS NOT NULL)`);

/**
 * Deployments of past epochs. Of each node these stay: the last one with its firmware (power reads it), the last one
 * with the written extents (the next deployment checks there that the disk is empty), and each one whose data is still
 * on the node's disks: without it no later deployment could prove that the data is wiped.
 */
export const pastDeployments: RetentionRule = {
  name: 'deployments',
  kept: 'operations',
  start: '0',
  page: (after, keepMs) => Prisma.sql`
    WITH ${openOperations}, page AS MATERIALIZED (
      SELECT id, created_at < ${keptSince(keepMs)} AS is_old FROM deployments WHERE id > ${after}::bigint ORDER BY id LIMIT ${atOnce}
    ), doomed AS MATERIALIZED (
      SELECT d.id FROM page p JOIN deployments d ON d.id = p.id LEFT JOIN nodes n ON n.id = d.node_id
       WHERE d.state IN ${among(deploymentStates.stable)} AND d.updated_at < ${keptSince(keepMs)}
         AND NOT EXISTS (SELECT FROM open o WHERE o.node_id = d.node_id)
         AND (n.id IS NULL
              OR d.epoch < n.epoch
                 AND (d.instance_uuid = ANY (n.data_of)) IS NOT TRUE
                 AND NOT ${isLastToTell(firmware('d'), firmware('later'))}
                 AND NOT ${isLastToTell(extents('d'), extents('later'))})
         FOR UPDATE OF d SKIP LOCKED
    ), gone AS (
      DELETE FROM deployments d USING doomed WHERE d.id = doomed.id RETURNING 1
    )
    SELECT (SELECT count(*)::int FROM gone) AS deployments,
           ${nextWhileOld('id', atOnce)} AS next`,
};
