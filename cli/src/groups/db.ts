import type { Command } from 'commander';
import type { Acts } from '../action.js';
import { addDatabaseUserCommands } from './db-users.js';
import { urlOption } from './url-option.js';

export function addDatabaseCommands(program: Command, acts: Acts): void {
  const db = program.command('db').description("The database's schema, and who logs in to it");
  acts(
    db
      .command('sync')
      .description('apply the migrations that are missing')
      .option(...urlOption)
      .option('--retry', 'apply a migration again that failed before'),
    async () => (await import('../commands/db/sync.js')).dbSync,
  );
  acts(
    db
      .command('version')
      .description('name the newest migration that is applied')
      .option(...urlOption),
    async () => (await import('../commands/db/version.js')).dbVersion,
  );
  acts(
    db
      .command('status')
      .description('list all migrations; exit code 1 when the database is not up to date')
      .option(...urlOption),
    async () => (await import('../commands/db/status.js')).dbStatus,
  );
  addDatabaseUserCommands(db, acts);
}
