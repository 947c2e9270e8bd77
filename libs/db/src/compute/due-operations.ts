import { statesUnderWay } from '@metalcast/domain';
import type { Database } from '../database/database.js';
import { Prisma } from '../sql/prisma.js';
import { among } from '../sql/state-words.js';

/** At most so many: a look is soon over, and the next one finds the rest. */
const dueMax = 100;

export interface DueOperations {
  readonly due: readonly string[];
  /** What time it is there. */
  readonly clock: Date | undefined;
}

/**
 * Of the given kinds and plans: those whose time has come, the longest overdue first, a hundred at most; without those
 * that the caller sees to by itself, however many. One that was stored at a time that is still to come is due as well:
 * the clock has gone back since, and its turn moves its times (`Turn`). One that is locked belongs to a process: if
 * that one hangs, all others would wait behind it. A later look finds it.
 */
export async function dueOperations(
  database: Database,
  plans: readonly { readonly kind: string; readonly plan: number }[],
  without: readonly string[] = [],
): Promise<DueOperations> {
  const kinds = plans.map(({ kind }) => kind);
  const versions = plans.map(({ plan }) => plan);
  const rows = await database.statement<{ clock: Date; id: string | null }>(
    'due_operations',
    Prisma.sql`
      SELECT clock_timestamp() AS clock, due.id FROM (SELECT) AS one LEFT JOIN (
        SELECT o.id, o.deadline_at FROM operations o
          JOIN unnest(${kinds}::text[], ${versions}::int[]) AS known (kind, plan) USING (kind, plan)
         WHERE o.state IN ${among(statesUnderWay)} AND o.id <> ALL (${without}::uuid[])
           AND (o.deadline_at <= clock_timestamp() OR o.updated_at > clock_timestamp())
         ORDER BY o.deadline_at LIMIT ${dueMax} FOR UPDATE OF o SKIP LOCKED
      ) due ON true ORDER BY due.deadline_at`,
  );
  return { due: rows.flatMap(({ id }) => id ?? []), clock: rows[0]?.clock };
}
