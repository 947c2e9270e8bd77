import type { Prisma } from './prisma.js';

/** The rows of one transaction. */
export type Sql = Prisma.TransactionClient;
