import { Prisma } from './prisma.js';

/** Whether an operation works on the node of this row: nobody else may switch it. */
export const isInOperation = (row: string): Prisma.Sql =>
  Prisma.raw(`${row}.operation_id IS NOT NULL`);
