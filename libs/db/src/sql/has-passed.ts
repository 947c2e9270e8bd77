// Whether a time in a row has passed, also when the clock has gone back since the time was stored.
import { Prisma } from './prisma.js';

/**
 * Backward steps of the clock up to this are waited out. So the lengths given by two processes may differ by as much.
 */
const slackMs = 60_000;

/**
 * Whether the time in `column`, stored as `ms` after the then present, has passed. A time further ahead has passed as
 * well: the clock has gone back since, and a living holder stores a new time.
 */
export const hasPassed = (column: string, ms: number): Prisma.Sql => Prisma.sql`
  (${Prisma.raw(column)} NOT BETWEEN clock_timestamp()
                             AND clock_timestamp() + ${ms + slackMs}::float8 * interval '1 millisecond')`;

/** The same as text, for a length that never changes. */
export const hasPassedText = (column: string, ms: number): string =>
  `(${column} NOT BETWEEN clock_timestamp() AND clock_timestamp() + ${String(ms + slackMs)} * interval '1 millisecond')`;
