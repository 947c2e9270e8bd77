// A row that lists show is hidden from them first, and goes a while later: who has just read a page may name it as the
// last one seen.
import { Prisma } from '../sql/prisma.js';
import { keptSince } from './conditions.js';

/** Longer than anybody reads one list. */
const hiddenMs = 86_400_000;

/**
 * Whether a row was hidden long enough ago; what is kept for less than a day is hidden for no longer than it was kept.
 */
export const isLongHidden = (row: string, keepMs: number): Prisma.Sql =>
  Prisma.sql`${Prisma.raw(row)}.expired_at < ${keptSince(Math.min(keepMs, hiddenMs))}`;
