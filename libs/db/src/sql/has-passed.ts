// Whether a time that a row names is over, also when the clock has gone back since it was stored.
import { Prisma } from './prisma.js';

/** Smaller steps of the clock back are waited out. So lengths that processes give may differ by as much. */
const slackMs = 60_000;

/**
 * Whether the time in `column` is over, which was stored as `ms` from then. A time that lies further ahead is over as
 * well: the clock has gone back since, and whoever lives stores another.
 */
export const hasPassed = (column: string, ms: number): Prisma.Sql => Prisma.sql`
  (${Prisma.raw(column)} NOT BETWEEN clock_timestamp()
                             AND clock_timestamp() + ${ms + slackMs}::float8 * interval '1 millisecond')`;

/** The same as text, for a length that never changes. */
export const hasPassedText = (column: string, ms: number): string =>
  `(${column} NOT BETWEEN clock_timestamp() AND clock_timestamp() + ${String(ms + slackMs)} * interval '1 millisecond')`;
