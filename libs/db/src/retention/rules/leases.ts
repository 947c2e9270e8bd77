import { Prisma } from '../../sql/prisma.js';
import { keptSince } from '../conditions.js';
import { nextByKey } from '../key-walk.js';
import type { RetentionRule } from '../retention-rule.js';

const atOnce = 300;

/**
 * Leases that nobody has renewed for as long as a service is remembered: their holders died, and nobody wants what they
 * held.
 */
export const pastLeases: RetentionRule = {
  name: 'leases',
  kept: 'services',
  start: '',
  page: (after, keepMs) => Prisma.sql`
    WITH page AS MATERIALIZED (
      SELECT name FROM leases WHERE name > ${after} ORDER BY name LIMIT ${atOnce}
    ), doomed AS MATERIALIZED (
      SELECT l.name FROM page JOIN leases l USING (name) WHERE l.lease_until < ${keptSince(keepMs)} FOR UPDATE OF l SKIP LOCKED
    ), gone AS (
      DELETE FROM leases l USING doomed d WHERE l.name = d.name RETURNING 1
    )
    SELECT (SELECT count(*)::int FROM gone) AS leases,
           ${nextByKey('name', atOnce)} AS next`,
};
