import pg from 'pg';
import { readCatalog } from './catalog.js';
import { grants } from './grants.js';
import { grantStatements } from './grant-statements.js';
import { applyMessagePolicies } from './message-policies.js';
import { groupRoles } from './service-roles.js';

/**
 * `given`: the services' roles have their rights. `no-roles`: they are not there, and whoever migrates may not make
 * any.
 */
export type Granted = 'given' | 'no-roles';

/** duplicate_object, unique_violation: another database of the server is migrated at the same time. */
const madeByAnother = ['42710', '23505'];

/**
 * Gives the services' roles their rights in the database, and takes all others. To be called under the migration lock.
 * Idempotent.
 */
export async function applyGrants(client: pg.Client): Promise<Granted> {
  if (!(await makeRoles(client))) {
    return 'no-roles';
  }
  const { rows } = await client.query<{ schema: string }>('SELECT current_schema() AS schema');
  const schema = rows[0]?.schema ?? 'public';
  const tables = await readCatalog(client);
  // At once, so that services that run meanwhile miss no right.
  await client.query('BEGIN');
  await client.query(grantStatements(grants, { schema, tables }).join(';\n'));
  if (tables.has('outbox')) {
    await applyMessagePolicies(client, schema);
  }
  await client.query('COMMIT');
  return 'given';
}

/** Whether all are there in the end. */
async function makeRoles(client: pg.Client): Promise<boolean> {
  const missing = await missingRoles(client);
  if (missing.length === 0) {
    return true;
  }
  if (!(await mayMakeRoles(client))) {
    return false;
  }
  for (const role of missing) {
    try {
      await client.query(`CREATE ROLE ${pg.escapeIdentifier(role)} NOLOGIN`);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || !madeByAnother.includes(error.code ?? '')) {
        throw error;
      }
    }
  }
  return true;
}

async function missingRoles(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ role: string }>(
    'SELECT role FROM unnest($1::text[]) AS role WHERE role NOT IN (SELECT rolname FROM pg_roles)',
    [groupRoles],
  );
  return rows.map(({ role }) => role);
}

async function mayMakeRoles(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ may: boolean }>(
    'SELECT rolcreaterole OR rolsuper AS may FROM pg_roles WHERE rolname = current_user',
  );
  return rows[0]?.may === true;
}
