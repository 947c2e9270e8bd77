import { Prisma } from '../../sql/prisma.js';
import { keptSince } from '../conditions.js';
import { isLongHidden } from '../expiry.js';
import { nextByKey } from '../key-walk.js';
import type { RetentionRule } from '../retention-rule.js';

const atOnce = 200;

/**
 * Services not heard of for long: lists hide them first. One that an operator has disabled stays, for it shall still be
 * disabled when it comes back; so does the last one of its kind (that there was one tells a service that is down from
 * one that was never there), and one whose host has servers, nodes or a place in an aggregate.
 */
export const goneServices: RetentionRule = {
  name: 'services',
  kept: 'services',
  start: '0',
  page: (after, keepMs) => Prisma.sql`
    WITH page AS MATERIALIZED (
      SELECT id FROM services WHERE id > ${after}::int ORDER BY id LIMIT ${atOnce}
    ), unneeded AS MATERIALIZED (
      SELECT s.id, s.expired_at FROM page JOIN services s ON s.id = page.id
       WHERE s.last_seen < ${keptSince(keepMs)} AND NOT s.disabled
         AND EXISTS (SELECT FROM services o WHERE o."binary" = s."binary" AND (o.last_seen, o.id) > (s.last_seen, s.id))
         AND NOT EXISTS (SELECT FROM instances i WHERE i.host = s.host AND i.deleted_at IS NULL)
         AND NOT EXISTS (SELECT FROM nodes n WHERE n.service_host = s.host AND n.deleted_at IS NULL)
         AND NOT EXISTS (SELECT FROM aggregate_hosts a WHERE a.host = s.host)
         FOR UPDATE OF s SKIP LOCKED
    ), hidden AS (
      UPDATE services s SET expired_at = clock_timestamp() FROM unneeded u WHERE s.id = u.id AND u.expired_at IS NULL
    ), gone AS (
      DELETE FROM services s USING unneeded u WHERE s.id = u.id AND ${isLongHidden('u', keepMs)} RETURNING 1
    )
    SELECT (SELECT count(*)::int FROM gone) AS services,
           ${nextByKey('id', atOnce)} AS next`,
};
