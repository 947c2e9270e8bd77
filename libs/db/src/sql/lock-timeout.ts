import { Prisma } from './prisma.js';

/**
 * For a FROM that is read before the statement's first lock: the statement waits so long for each of its locks; 0: as
 * long as a statement may take. One statement with its own limit costs no transaction with a SET of its own.
 */
export const lockTimeout = (ms: number): Prisma.Sql =>
  Prisma.sql`set_config('lock_timeout', ${String(ms)}::text, true) AS lock_timeout`;
