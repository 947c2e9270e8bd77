import { Fault } from '@metalcast/domain';
import pg from 'pg';

/** The advisory lock that Prisma's own engine takes, so that neither migrates while the other does. */
const migrationLock = 72_707_369;
const connectMs = 10_000;
const lockNotAvailable = '55P03';

/** Runs `work` on a plain connection of its own. */
export async function withClient<T>(
  url: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'metalcast-migrate',
    connectionTimeoutMillis: connectMs,
  });
  // A lost connection shows at the next query; without a listener it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Holds the migration lock of the connection's database while `work` runs. */
export async function withMigrationLock<T>(
  client: pg.Client,
  waitMs: number,
  work: () => Promise<T>,
): Promise<T> {
  await client.query(`SET lock_timeout = ${String(waitMs)}`);
  try {
    await client.query('SELECT pg_advisory_lock($1)', [migrationLock]);
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === lockNotAvailable) {
      const details = { database: client.database ?? '', waitedMs: waitMs };
      throw new Fault('MIGRATION_BUSY', details, { cause: error });
    }
    throw error;
  }
  await client.query('RESET lock_timeout');
  try {
    return await work();
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [migrationLock]).catch(() => undefined);
  }
}
