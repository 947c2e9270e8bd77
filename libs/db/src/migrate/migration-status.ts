import { readHistory } from './history.js';
import { defaultMigrationsDir, readMigrations } from './migration-folder.js';
import { withClient } from './session.js';

/** How a database stands to the migrations of this release. All lists in the order of their names. */
export interface MigrationStatus {
  /** Newest applied migration; undefined when there is none. */
  readonly version: string | undefined;
  readonly applied: readonly string[];
  /** Of this release, not yet applied. */
  readonly pending: readonly string[];
  /** Failed or interrupted; they block the pending ones. */
  readonly failed: readonly string[];
  /** Applied, and their files changed since. */
  readonly edited: readonly string[];
  /** Applied by another release; this one does not know them. */
  readonly unknown: readonly string[];
}

/** Reads only; takes no lock. */
export async function migrationStatus(
  databaseUrl: string,
  migrationsDir: string = defaultMigrationsDir,
): Promise<MigrationStatus> {
  const migrations = readMigrations(migrationsDir);
  const known = new Map(migrations.map(({ name, checksum }) => [name, checksum]));
  const history = (await withClient(databaseUrl, readHistory)) ?? [];
  const finished = history.filter((row) => row.finished_at !== null);
  const applied = finished.map((row) => row.migration_name).sort();
  const isEdited = ({ migration_name: name, checksum }: (typeof finished)[number]) =>
    known.has(name) && known.get(name) !== checksum;
  return {
    version: applied.at(-1),
    applied,
    pending: migrations.map(({ name }) => name).filter((name) => !applied.includes(name)),
    failed: history.filter((row) => row.finished_at === null).map((row) => row.migration_name),
    edited: finished.filter(isEdited).map((row) => row.migration_name),
    unknown: applied.filter((name) => !known.has(name)),
  };
}
