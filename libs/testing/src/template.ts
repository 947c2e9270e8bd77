import { migrate } from '@metalcast/db/migrate';
import { Client } from 'pg';
import { makeServiceLogins } from './service-logins.js';

const template = 'migrated_template';
const unfinished = `${template}_unfinished`;

/**
 * The name of a database with all migrations applied, of which copies are made; made by the first call, with the logins
 * of services. It gets its name when it is whole, so that a migration that failed is not taken for it.
 */
export async function migratedTemplate(serverUrl: string): Promise<string> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [template]);
    if (found.rowCount === 0) {
      await client.query(`DROP DATABASE IF EXISTS ${unfinished} WITH (FORCE)`);
      await client.query(`CREATE DATABASE ${unfinished}`);
      await migrateUnfinished(serverUrl);
      await makeServiceLogins(client);
      await client.query(`ALTER DATABASE ${unfinished} RENAME TO ${template}`);
    }
    return template;
  } finally {
    await client.end();
  }
}

async function migrateUnfinished(serverUrl: string): Promise<void> {
  const url = new URL(serverUrl);
  url.pathname = `/${unfinished}`;
  await migrate(url.href);
}
