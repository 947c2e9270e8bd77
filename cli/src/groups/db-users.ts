import type { Command } from 'commander';
import type { Acts } from '../action.js';
import { urlOption } from './url-option.js';

export function addDatabaseUserCommands(db: Command, acts: Acts): void {
  const users = db
    .command('users')
    .description('Whom the services log in as, each with the rights that its work asks for');
  acts(
    users
      .command('create')
      .description('make the logins that are missing, and write the URL of each to a file')
      .argument('<folder>', 'for the files, named as the services; readable by its owner alone')
      .argument('[services...]', 'default: all')
      .option(...urlOption)
      .option(
        '--address <host>',
        'host, or host:port, by which these services reach PostgreSQL; default: that of the database URL',
      ),
    async () => (await import('../commands/db/users-create.js')).dbUsersCreate,
  );
  acts(
    users
      .command('list')
      .description('list who logs in as which service')
      .option(...urlOption),
    async () => (await import('../commands/db/users-list.js')).dbUsersList,
  );
}
