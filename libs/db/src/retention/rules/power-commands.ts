import { powerCommandStates } from '@metalcast/domain';
import { Prisma } from '../../sql/prisma.js';
import { among } from '../../sql/state-words.js';
import { keptSince, openOperations } from '../conditions.js';
import { nextWhileOld } from '../key-walk.js';
import type { RetentionRule } from '../retention-rule.js';

const atOnce = 300;

/**
 * Power commands that have ended, but for those of an operation that has not: it waits for the end of one, and may send
 * one again, which is known by its key. Their node may still be in their epoch: a server that lives long is rebooted
 * often.
 */
export const endedPowerCommands: RetentionRule = {
  name: 'power_commands',
  kept: 'operations',
  start: '0',
  page: (after, keepMs) => Prisma.sql`
    WITH ${openOperations}, page AS MATERIALIZED (
      SELECT id, created_at < ${keptSince(keepMs)} AS is_old FROM power_commands WHERE id > ${after}::bigint ORDER BY id LIMIT ${atOnce}
    ), doomed AS MATERIALIZED (
      SELECT c.id FROM page p JOIN power_commands c ON c.id = p.id
       WHERE c.state IN ${among(powerCommandStates.stable)} AND c.finished_at < ${keptSince(keepMs)}
         AND NOT EXISTS (SELECT FROM open o WHERE o.id::text = split_part(c.key, '/', 1))
         FOR UPDATE OF c SKIP LOCKED
    ), gone AS (
      DELETE FROM power_commands c USING doomed d WHERE c.id = d.id RETURNING 1
    )
    SELECT (SELECT count(*)::int FROM gone) AS power_commands,
           ${nextWhileOld('id', atOnce)} AS next`,
};
