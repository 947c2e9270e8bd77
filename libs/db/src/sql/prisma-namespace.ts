// Prisma's types, and of its values those that build statements: its client, ten megabytes, comes with ModelDatabase
// only.
export type * from '../generated/internal/prismaNamespace.js';
export { empty, join, raw, sql, Sql } from '@prisma/client-runtime-utils';
