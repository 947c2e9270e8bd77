import type { Database } from '../database/database.js';
import { Prisma } from '../sql/prisma.js';
import { isOpen } from './power-command-states.js';

/**
 * The database's clock jumped ahead: moves the deadlines that it jumped over by as much. Idempotent: a moved deadline
 * lies behind the jump.
 */
export async function movePowerDeadlines(
  database: Database,
  { from, to }: { readonly from: Date; readonly to: Date },
): Promise<void> {
  await database.statement(
    'move_power_deadlines',
    Prisma.sql`
      UPDATE power_commands c SET deadline_at = deadline_at + (${to}::timestamptz - ${from}::timestamptz)
       WHERE ${isOpen('c')} AND deadline_at > ${from}::timestamptz AND deadline_at <= ${to}::timestamptz`,
  );
}
