import type { Database } from '../database/database.js';
import { Prisma } from '../sql/prisma.js';

/** Whether the process logs in as the owner of the tables, who may do all; false where there are none yet. */
export async function ownsTables(database: Database): Promise<boolean> {
  const [row] = await database.statement<{ owns: boolean }>(
    'owns_tables',
    Prisma.sql`SELECT pg_has_role(relowner, 'USAGE') AS owns FROM pg_class WHERE oid = to_regclass('nodes')`,
  );
  return row?.owns === true;
}
