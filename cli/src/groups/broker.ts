import type { Command } from 'commander';
import type { AttachAction } from '../action.js';

export function addBrokerCommands(program: Command, attach: AttachAction): void {
  const users = program
    .command('broker')
    .description("The services' users in RabbitMQ")
    .command('users')
    .description('RabbitMQ users of the services, each with the permissions it needs');
  attach(
    users
      .command('create')
      .description(
        'create the missing users: write one URL file per service, and definitions.json for RabbitMQ to load',
      )
      .argument(
        '<folder>',
        'folder for the URL files, one per service; each readable by its owner only',
      )
      .argument('[services...]', 'default: all')
      .requiredOption('--address <host:port>', 'address at which these services reach RabbitMQ')
      .option('--vhost <name>', 'virtual host; default: /')
      .option('--prefix <text>', 'prefix of the user names; default: metalcast')
      .option('--exchange <name>', 'the services’ METALCAST_CONTROL_EXCHANGE; default: nova')
      .option(
        '--no-exchange-durable',
        'for foreign peers without amqp_durable_queues: the exchange does not survive a restart of RabbitMQ',
      ),
    async () => (await import('../commands/broker/users-create.js')).brokerUsersCreate,
  );
}
