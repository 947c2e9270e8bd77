import { Prisma } from '../../sql/prisma.js';
import { hasMessages, keptSince, openOperations } from '../conditions.js';
import { isLongHidden } from '../expiry.js';
import { byTime, fromTheFirst, nextByTime } from '../time-walk.js';
import type { RetentionRule } from '../retention-rule.js';

/** Each may have operations left. */
const atOnce = 25;

/**
 * Deleted servers with their operations and steps: lists hide them first. One stays while a node or a port is its own,
 * an operation works on it, or messages about it wait.
 */
export const deletedServers: RetentionRule = {
  name: 'servers',
  kept: 'servers',
  start: fromTheFirst,
  page: (after, keepMs) => Prisma.sql`
    WITH ${openOperations}, page AS MATERIALIZED (
      SELECT id, deleted_at AS at FROM instances
       WHERE deleted_at < ${keptSince(keepMs)} AND ${byTime('deleted_at', 'int', after)}
       ORDER BY deleted_at, id LIMIT ${atOnce}
    ), fresh AS MATERIALIZED (
      SELECT i.id FROM page JOIN instances i ON i.id = page.id WHERE i.expired_at IS NULL FOR UPDATE OF i SKIP LOCKED
    ), hidden AS (
      UPDATE instances i SET expired_at = clock_timestamp() FROM fresh WHERE i.id = fresh.id
    ), doomed AS MATERIALIZED (
      SELECT i.id, i.uuid FROM page JOIN instances i ON i.id = page.id
       WHERE ${isLongHidden('i', keepMs)}
         AND NOT EXISTS (SELECT FROM open o WHERE o.instance_uuid = i.uuid)
         AND NOT EXISTS (SELECT FROM nodes n WHERE n.instance_uuid = i.uuid)
         AND NOT EXISTS (SELECT FROM ports p WHERE p.device_id = i.uuid::text)
         AND NOT ${hasMessages('i.uuid::text')}
         FOR UPDATE OF i SKIP LOCKED
    ), works AS MATERIALIZED (
      SELECT o.id FROM doomed d JOIN operations o ON o.instance_uuid = d.uuid
    ), steps_gone AS (
      DELETE FROM operation_steps s USING works w WHERE s.operation_id = w.id RETURNING 1
    ), operations_gone AS (
      DELETE FROM operations o USING works w WHERE o.id = w.id RETURNING 1
    ), gone AS (
      DELETE FROM instances i USING doomed d WHERE i.id = d.id RETURNING 1
    )
    SELECT (SELECT count(*)::int FROM gone) AS instances, (SELECT count(*)::int FROM operations_gone) AS operations,
           (SELECT count(*)::int FROM steps_gone) AS operation_steps, ${nextByTime(atOnce)} AS next`,
};
