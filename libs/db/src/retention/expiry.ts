// A row that lists show is hidden from them first, and goes a while later: who has just read a page may name it as the
// last one seen.
import { Prisma } from '../sql/prisma.js';
import { keptSince } from './conditions.js';

/** Longer than anybody reads one list. */
const hiddenMs = 86_400_000;

/**
 * Whether a row was hidden long enough ago: a day, or the time that such rows are kept, if that is shorter.
 */
export const isLongHidden = (row: string, keepMs: number): Prisma.Sql =>
  Prisma.sql`${Prisma.raw(row)}.expired_at < ${keptSince(Math.min(keepMs, hiddenMs))}`;
