// All columns that hold secrets, for whoever seals them anew. Their services read and write them with the rest of a
// row.
import type { Database } from '../database/database.js';
import { Prisma } from '../sql/prisma.js';

/** By the name that stands in front of a row's uuid in `owner`. */
const columns = {
  'nodes.pm_secret': [Prisma.raw('nodes'), Prisma.raw('pm_secret')],
  'instances.user_data': [Prisma.raw('instances'), Prisma.raw('user_data')],
  'instances.injected_files': [Prisma.raw('instances'), Prisma.raw('injected_files')],
  'instances.admin_pass': [Prisma.raw('instances'), Prisma.raw('admin_pass')],
} as const;

export type SecretColumn = keyof typeof columns;
export const secretColumns = Object.keys(columns) as SecretColumn[];

export interface StoredSecret {
  readonly uuid: string;
  readonly sealed: string;
}

/** The next secrets of a column, by the uuids of their rows; the first ones without `after`. */
export async function readSecrets(
  database: Database,
  name: SecretColumn,
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
): Promise<StoredSecret[]> {
  const [table, column] = columns[name];
  return database.sql.$queryRaw<StoredSecret[]>(Prisma.sql`
    SELECT uuid, ${column} AS sealed FROM ${table}
     WHERE ${column} <> '' AND (${after ?? null}::uuid IS NULL OR uuid > ${after ?? null}::uuid)
     ORDER BY uuid LIMIT ${limit}`);
}

/** Each in the place of what it was read as; what has changed since stays. How many were replaced. */
export async function replaceSecrets(
  database: Database,
  name: SecretColumn,
  secrets: readonly (StoredSecret & { readonly before: string })[],
): Promise<number> {
  const [table, column] = columns[name];
  return database.sql.$executeRaw(Prisma.sql`
    UPDATE ${table} SET ${column} = given.sealed
      FROM jsonb_to_recordset(${JSON.stringify(secrets)}::jsonb) AS given (uuid uuid, before text, sealed text)
     WHERE ${table}.uuid = given.uuid AND ${table}.${column} = given.before`);
}
