import { Fault } from '@metalcast/domain';
import pg from 'pg';
import {
  forgetFailed,
  isSchemaEmpty,
  readHistory,
  recordApplied,
  recordFailed,
  startHistory,
  type HistoryRow,
} from './history.js';
import { applyGrants, type Granted } from '../grants/apply-grants.js';
import { defaultMigrationsDir, readMigrations, type Migration } from './migration-folder.js';
import { withClient, withMigrationLock } from './session.js';

export interface MigrateOptions {
  /** Default: prisma/migrations of the repository. */
  readonly migrationsDir?: string;
  /** Apply migrations again that failed before. */
  readonly retryFailed?: boolean;
  /** How long to wait for another process that migrates. */
  readonly lockWaitMs?: number;
}

export interface Migrated {
  readonly applied: string[];
  /** What has become of the services' rights. `kept`: a newer release has given them, and knows better. */
  readonly grants: Granted | 'kept';
}

const lockWaitMs = 60_000;

/**
 * Brings the database to the newest migration, gives the services' roles their rights, and returns what it did.
 * Idempotent; several processes may do it at once. Each migration is one transaction, its record included: one that
 * fails or is interrupted leaves nothing behind. The record is Prisma's, so `prisma migrate deploy` may be used on the
 * same database.
 *
 * Faults: SCHEMA_UNMANAGED (tables, but no record; Prisma's P3005), MIGRATION_FAILED (now, or before and not yet
 * retried; P3018, P3009), MIGRATION_EDITED, MIGRATION_BUSY. An unreachable database is the driver's error.
 */
export async function migrate(
  databaseUrl: string,
  options: MigrateOptions = {},
): Promise<Migrated> {
  const migrations = readMigrations(options.migrationsDir ?? defaultMigrationsDir);
  return withClient(databaseUrl, (client) =>
    withMigrationLock(client, options.lockWaitMs ?? lockWaitMs, async () => {
      if (options.retryFailed === true && (await readHistory(client)) !== undefined) {
        await forgetFailed(client);
      }
      const history = (await readHistory(client)) ?? (await beginHistory(client));
      const pending = pendingAfter(history, migrations, client.database ?? '');
      for (const migration of pending) {
        await apply(client, migration);
      }
      const isOlder = history.some(
        (row) => !migrations.some(({ name }) => name === row.migration_name),
      );
      return {
        applied: pending.map(({ name }) => name),
        grants: isOlder ? 'kept' : await applyGrants(client),
      };
    }),
  );
}

async function beginHistory(client: pg.Client): Promise<HistoryRow[]> {
  if (!(await isSchemaEmpty(client))) {
    throw new Fault('SCHEMA_UNMANAGED', { database: client.database ?? '' });
  }
  await startHistory(client);
  return [];
}

function pendingAfter(
  history: readonly HistoryRow[],
  migrations: readonly Migration[],
  database: string,
): Migration[] {
  const failed = history.find(({ finished_at: finished }) => finished === null);
  if (failed !== undefined) {
    const reason = failed.logs ?? 'it was interrupted';
    throw new Fault('MIGRATION_FAILED', { migration: failed.migration_name, database, reason });
  }
  const checksums = new Map(history.map((row) => [row.migration_name, row.checksum]));
  for (const { name, checksum } of migrations) {
    if ((checksums.get(name) ?? checksum) !== checksum) {
      throw new Fault('MIGRATION_EDITED', { migration: name, database });
    }
  }
  return migrations.filter(({ name }) => !checksums.has(name));
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  try {
    await client.query('BEGIN');
    await client.query(migration.sql);
    await recordApplied(client, migration);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    const reason = reasonOf(error, migration);
    await recordFailed(client, migration, reason);
    const details = { migration: migration.name, database: client.database ?? '', reason };
    throw new Fault('MIGRATION_FAILED', details, { cause: error });
  }
}

/** PostgreSQL's message, with the line of the script that it points at. */
function reasonOf(error: unknown, { sql }: Migration): string {
  if (!(error instanceof pg.DatabaseError)) {
    return error instanceof Error ? error.message : String(error);
  }
  const line =
    error.position === undefined
      ? ''
      : ` (line ${String(sql.slice(0, Number(error.position)).split('\n').length)})`;
  return `${error.message}${line}${error.detail === undefined ? '' : `; ${error.detail}`}`;
}
