// Conditions that several retention rules share.
import { unendedOperationStates } from '@metalcast/domain';
import { Prisma } from '../sql/prisma.js';
import { statesWhere } from '../sql/state-words.js';

/** Rows older than this have expired. */
export const keptSince = (keepMs: number): Prisma.Sql =>
  Prisma.sql`clock_timestamp() - ${keepMs}::float8 * interval '1 millisecond'`;

/** A common table expression: the operations that have not ended. They are few, and found by an index. */
export const openOperations = Prisma.sql`
  open AS MATERIALIZED (
    SELECT id, instance_uuid, node_id FROM operations WHERE ${statesWhere('state', unendedOperationStates)})`;

/**
 * Whether messages of any kind wait about the node, instance or aggregate of that uuid; the names of all their streams
 * end with it.
 */
export const hasMessages = (uuid: string): Prisma.Sql =>
  Prisma.raw(`EXISTS (SELECT FROM outbox m WHERE right(m.aggregate, 36) = ${uuid})`);
