import { operationStates } from '@metalcast/domain';
import { Prisma } from '../../sql/prisma.js';
import { among } from '../../sql/state-words.js';
import { hasMessages, keptSince } from '../conditions.js';
import { byTime, fromTheFirst, nextByTime } from '../time-walk.js';
import type { RetentionRule } from '../retention-rule.js';

/** Each has some twenty steps, which go with it. */
const atOnce = 25;

/**
 * Operations that have ended, with their steps. Of a server that is not deleted the last build stays: what it tried is
 * asked for when a place for the server is explained. So does an operation that a node still names.
 */
export const endedOperations: RetentionRule = {
  name: 'operations',
  kept: 'operations',
  start: fromTheFirst,
  page: (after, keepMs) => Prisma.sql`
    WITH page AS MATERIALIZED (
      SELECT id, finished_at AS at FROM operations
       WHERE finished_at < ${keptSince(keepMs)} AND ${byTime('finished_at', 'uuid', after)}
       ORDER BY finished_at, id LIMIT ${atOnce}
    ), doomed AS MATERIALIZED (
      SELECT o.id FROM page JOIN operations o ON o.id = page.id
       WHERE o.state IN ${among(operationStates.stable)}
         AND NOT EXISTS (SELECT FROM nodes n WHERE n.operation_id = o.id)
         AND NOT ${hasMessages('o.instance_uuid::text')}
         AND (o.kind <> 'build'
              OR NOT EXISTS (SELECT FROM instances i WHERE i.uuid = o.instance_uuid AND i.deleted_at IS NULL)
              OR EXISTS (SELECT FROM operations later WHERE later.instance_uuid = o.instance_uuid
                            AND later.kind = 'build' AND later.created_at > o.created_at))
         FOR UPDATE OF o SKIP LOCKED
    ), steps_gone AS (
      DELETE FROM operation_steps s USING doomed d WHERE s.operation_id = d.id RETURNING 1
    ), gone AS (
      DELETE FROM operations o USING doomed d WHERE o.id = d.id RETURNING 1
    )
    SELECT (SELECT count(*)::int FROM gone) AS operations, (SELECT count(*)::int FROM steps_gone) AS operation_steps,
           ${nextByTime(atOnce)} AS next`,
};
