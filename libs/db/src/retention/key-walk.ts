// A walk by a key, along its index.
import { Prisma } from '../sql/prisma.js';

/** Where a full page (`page`) ends; null where the walk does. */
export const nextByKey = (key: string, atOnce: number): Prisma.Sql =>
  Prisma.sql`(SELECT CASE WHEN count(*) = ${atOnce} THEN max(${Prisma.raw(key)})::text END FROM page)`;

/** The same where keys grow with time: a page in which no row `is_old` is the last. */
export const nextWhileOld = (key: string, atOnce: number): Prisma.Sql =>
  Prisma.sql`(SELECT CASE WHEN count(*) = ${atOnce} AND bool_or(is_old) THEN max(${Prisma.raw(key)})::text END FROM page)`;
