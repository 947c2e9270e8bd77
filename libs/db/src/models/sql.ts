import type { Prisma } from '../sql/prisma.js';

/** The rows of one transaction. */
export type Sql = Prisma.TransactionClient;
