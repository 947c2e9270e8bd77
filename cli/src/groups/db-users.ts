import type { Command } from 'commander';
import type { AttachAction } from '../action.js';
import { urlOption } from './url-option.js';

export function addDatabaseUserCommands(db: Command, attach: AttachAction): void {
  const users = db
    .command('users')
    .description('Database logins of the services, each with the privileges it needs');
  attach(
    users
      .command('create')
      .description('create the missing logins and write one URL file per service')
      .argument(
        '<folder>',
        'folder for the URL files, one per service; each readable by its owner only',
      )
      .argument('[services...]', 'default: all')
      .option(...urlOption)
      .option(
        '--address <host>',
        'host or host:port at which these services reach PostgreSQL; default: as in the database URL',
      ),
    async () => (await import('../commands/db/users-create.js')).dbUsersCreate,
  );
  attach(
    users
      .command('list')
      .description('list the login of each service')
      .option(...urlOption),
    async () => (await import('../commands/db/users-list.js')).dbUsersList,
  );
}
