import { Prisma } from '../../sql/prisma.js';
import { hasMessages } from '../conditions.js';
import { nextByKey } from '../key-walk.js';
import type { RetentionRule } from '../retention-rule.js';

const atOnce = 300;
const uuid = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const aggregate = `^([a-z._-]+:)?${uuid}$`;

/**
 * Streams of removed subjects: no server, node, aggregate or event with that uuid is left, and no message waits. A
 * write may come between the first read and the lock: then the numbers on the locked row differ, and the row stays.
 */
export const goneStreams: RetentionRule = {
  name: 'streams',
  kept: null,
  start: '',
  page: (after) => Prisma.sql`
    WITH page AS MATERIALIZED (
      SELECT aggregate, n, written, CASE WHEN aggregate ~ ${aggregate} THEN right(aggregate, 36)::uuid END AS uuid
        FROM streams WHERE aggregate > ${after} ORDER BY aggregate LIMIT ${atOnce}
    ), doomed AS MATERIALIZED (
      SELECT s.aggregate FROM page p JOIN streams s ON s.aggregate = p.aggregate AND s.n = p.n AND s.written = p.written
       WHERE p.uuid IS NOT NULL AND s.owner IS NULL AND s.written = s.sent
         AND NOT ${hasMessages('right(p.aggregate, 36)')}
         AND NOT EXISTS (SELECT FROM events e WHERE e.subject = p.aggregate)
         AND NOT EXISTS (SELECT FROM instances i WHERE i.uuid = p.uuid)
         AND NOT EXISTS (SELECT FROM nodes n WHERE n.uuid = p.uuid)
         AND NOT EXISTS (SELECT FROM aggregates a WHERE a.uuid = p.uuid)
         FOR UPDATE OF s SKIP LOCKED
    ), gone AS (
      DELETE FROM streams s USING doomed d WHERE s.aggregate = d.aggregate RETURNING 1
    )
    SELECT (SELECT count(*)::int FROM gone) AS streams,
           ${nextByKey('aggregate', atOnce)} AS next`,
};
