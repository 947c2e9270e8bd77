// Prisma's record of what was applied, kept exactly as its own engine keeps it.
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Migration } from './migration-folder.js';

/** A migration as recorded; one that was rolled back is no longer part of the history. */
export interface HistoryRow {
  readonly migration_name: string;
  readonly checksum: string;
  /** Null while it runs, and for good when it failed. */
  readonly finished_at: Date | null;
  readonly logs: string | null;
}

const createHistory = `CREATE TABLE _prisma_migrations (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             TIMESTAMPTZ,
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          TIMESTAMPTZ,
    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count     INTEGER NOT NULL DEFAULT 0
)`;

/** Undefined when the database has no history at all. */
export async function readHistory(client: pg.Client): Promise<HistoryRow[] | undefined> {
  const { rows: found } = await client.query<{ there: boolean }>(
    "SELECT to_regclass('_prisma_migrations') IS NOT NULL AS there",
  );
  if (found[0]?.there !== true) {
    return undefined;
  }
  const { rows } = await client.query<HistoryRow>(
    `SELECT migration_name, checksum, finished_at, logs FROM _prisma_migrations
      WHERE rolled_back_at IS NULL ORDER BY started_at, migration_name`,
  );
  return rows;
}

/** Whether the schema holds nothing yet. */
export async function isSchemaEmpty(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query(
    `SELECT 1 FROM pg_class
      WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S') LIMIT 1`,
  );
  return rows.length === 0;
}

export async function startHistory(client: pg.Client): Promise<void> {
  await client.query(createHistory);
}

/** In the migration's own transaction, so that the record and what it records stand or fall together. */
export async function recordApplied(
  client: pg.Client,
  { name, checksum }: Migration,
): Promise<void> {
  await client.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
    [randomUUID(), checksum, name],
  );
}

export async function recordFailed(
  client: pg.Client,
  { name, checksum }: Migration,
  logs: string,
): Promise<void> {
  await client.query(
    'INSERT INTO _prisma_migrations (id, checksum, migration_name, logs) VALUES ($1, $2, $3, $4)',
    [randomUUID(), checksum, name, logs],
  );
}

/** Takes failed migrations out of the history, so that they are applied again. */
export async function forgetFailed(client: pg.Client): Promise<void> {
  await client.query(
    'UPDATE _prisma_migrations SET rolled_back_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL',
  );
}
