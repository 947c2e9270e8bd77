import { Prisma } from '../../sql/prisma.js';
import { hasMessages, keptSince, openOperations } from '../conditions.js';
import { nextWhileOld } from '../key-walk.js';
import type { RetentionRule } from '../retention-rule.js';

const atOnce = 500;

/**
 * Events older than `keep_events_days`, walked by their positions, which nearly follow their times. Kept are all events
 * of running operations, events without a position, and events whose subject has unpublished messages.
 */
export const oldEvents: RetentionRule = {
  name: 'events',
  kept: 'events',
  start: '0',
  page: (after, keepMs) => Prisma.sql`
    WITH ${openOperations}, page AS MATERIALIZED (
      SELECT id, pos, subject, "time", "time" < ${keptSince(keepMs)} AS is_old
        FROM events WHERE pos > ${after}::bigint ORDER BY pos LIMIT ${atOnce}
    ), under_way AS MATERIALIZED (
      SELECT instance_uuid::text AS subject FROM open WHERE instance_uuid IS NOT NULL
      UNION ALL SELECT n.uuid::text FROM open o JOIN nodes n ON n.id = o.node_id
      UNION ALL SELECT n.uuid::text FROM open o JOIN nodes n ON n.instance_uuid = o.instance_uuid
    ), gone AS (
      DELETE FROM events e USING page p
       WHERE e.id = p.id AND p.is_old
         AND NOT EXISTS (SELECT FROM under_way u WHERE u.subject = p.subject)
         AND NOT ${hasMessages('p.subject')}
      RETURNING 1
    )
    SELECT (SELECT count(*)::int FROM gone) AS events,
           ${nextWhileOld('pos', atOnce)} AS next`,
};
