import type { Command } from 'commander';
import type { Acts } from '../action.js';

export function addBrokerCommands(program: Command, acts: Acts): void {
  const users = program
    .command('broker')
    .description("RabbitMQ's side of the services")
    .command('users')
    .description('Whom the services log in as, each with what its work asks for');
  acts(
    users
      .command('create')
      .description(
        'make the users that are missing: the URL of each in a file, and all in definitions.json, which RabbitMQ is to load',
      )
      .argument('<folder>', 'for the files, named as the services; readable by its owner alone')
      .argument('[services...]', 'default: all')
      .requiredOption('--address <host:port>', 'by which these services reach RabbitMQ')
      .option('--vhost <name>', 'their virtual host; default: /')
      .option('--prefix <text>', 'of the users’ names; default: metalcast')
      .option('--exchange <name>', 'METALCAST_CONTROL_EXCHANGE, if it is not nova'),
    async () => (await import('../commands/broker/users-create.js')).brokerUsersCreate,
  );
}
