import type { Prisma } from './generated/client.js';

/** The rows of one transaction. */
export type Sql = Prisma.TransactionClient;
