import type { Command } from 'commander';
import type { AttachAction } from '../action.js';
import { urlOption } from './url-option.js';

const purposeArgument = ['<purpose>', 'bmc, instance, token or agent'] as const;
const folderArgument = ['<folder>', 'folder made by `keys create`'] as const;

export function addKeyCommands(program: Command, attach: AttachAction): void {
  const keys = program.command('keys').description("The services' keys, one per purpose");
  attach(
    keys
      .command('create')
      .description('create all keys of a new installation')
      .argument('<folder>', 'new folder, readable by its owner only'),
    async () => (await import('../commands/keys/create.js')).keysCreate,
  );
  attach(
    keys
      .command('show')
      .description('list the keys, their uses, and the key files that each service needs')
      .argument(...folderArgument),
    async () => (await import('../commands/keys/show.js')).keysShow,
  );
  attach(
    keys
      .command('rotate')
      .description('add a new key; the older keys still open older secrets')
      .argument(...purposeArgument)
      .argument(...folderArgument)
      .option(
        '--minutes <n>',
        'minutes until the new key is used; until then give its files to all services (default: 10)',
        Number,
      ),
    async () => (await import('../commands/keys/rotate.js')).keysRotate,
  );
  attach(
    keys
      .command('prune')
      .description('remove the keys that are older than the key in use')
      .argument(...purposeArgument)
      .argument(...folderArgument),
    async () => (await import('../commands/keys/prune.js')).keysPrune,
  );
  attach(
    keys
      .command('reseal')
      .description('seal all stored secrets to the keys in use; the services may run meanwhile')
      .argument(...folderArgument)
      .option(...urlOption)
      .option(
        '--former-key-file <file>',
        'the single key of an installation older than these keys',
      ),
    async () => (await import('../commands/keys/reseal.js')).keysReseal,
  );
}
