import type { Command } from 'commander';
import type { AttachAction } from '../action.js';
import { addDatabaseUserCommands } from './db-users.js';
import { urlOption } from './url-option.js';

export function addDatabaseCommands(program: Command, attach: AttachAction): void {
  const db = program.command('db').description("The database's schema and logins");
  attach(
    db
      .command('sync')
      .description('apply the missing migrations')
      .option(...urlOption)
      .option('--retry', 'try a failed migration again'),
    async () => (await import('../commands/db/sync.js')).dbSync,
  );
  attach(
    db
      .command('version')
      .description('print the newest applied migration')
      .option(...urlOption),
    async () => (await import('../commands/db/version.js')).dbVersion,
  );
  attach(
    db
      .command('status')
      .description('list all migrations; exit code 1 when the database is not up to date')
      .option(...urlOption),
    async () => (await import('../commands/db/status.js')).dbStatus,
  );
  addDatabaseUserCommands(db, attach);
}
