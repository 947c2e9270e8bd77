// What a jump of the database's clock does to a deadline in a row.
import { Prisma } from './prisma.js';

/** What a process took for one jump: its last reading before the jump, and what the clock calls that moment now. */
export interface JumpOfClock {
  readonly from: Date;
  readonly to: Date;
}

/**
 * Parts of an UPDATE that moves each deadline which the clock jumped over by as much as it went ahead. Every process
 * that saw the jump runs the update, and each has another `from`. A deadline that had passed before the jump, but after
 * the last reading of one of them, would come to lie before the `to` of another, who would move it again. So no
 * deadline moves to a time before now: no process has a `to` that is later.
 */
export const deadlineMove = ({ from, to }: JumpOfClock): Record<'set' | 'where', Prisma.Sql> => ({
  set: Prisma.sql`deadline_at = greatest(deadline_at + (${to}::timestamptz - ${from}::timestamptz), clock_timestamp())`,
  where: Prisma.sql`deadline_at > ${from}::timestamptz AND deadline_at <= ${to}::timestamptz`,
});
