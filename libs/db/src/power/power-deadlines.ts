import type { Database } from '../database/database.js';
import { deadlineMove, type JumpOfClock } from '../sql/clock-jump.js';
import { Prisma } from '../sql/prisma.js';
import { isOpen } from './power-command-states.js';

/** The database's clock jumped ahead: moves the deadlines that it jumped over by as much. Idempotent. */
export async function movePowerDeadlines(database: Database, jump: JumpOfClock): Promise<void> {
  const { set, where } = deadlineMove(jump);
  await database.statement(
    'move_power_deadlines',
    Prisma.sql`UPDATE power_commands c SET ${set} WHERE ${isOpen('c')} AND ${where}`,
  );
}
