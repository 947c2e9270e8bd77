import type { Command } from 'commander';
import type { Acts } from '../action.js';
import { urlOption } from './url-option.js';

const purposeArgument = ['<purpose>', 'bmc, instance, token or agent'] as const;
const folderArgument = ['<folder>', 'that `keys create` has made'] as const;

export function addKeyCommands(program: Command, acts: Acts): void {
  const keys = program.command('keys').description("The services' keys, one for each purpose");
  acts(
    keys
      .command('create')
      .description('make all keys of a new installation')
      .argument('<folder>', 'to be made, readable by its owner alone'),
    async () => (await import('../commands/keys/create.js')).keysCreate,
  );
  acts(
    keys
      .command('show')
      .description('list the keys, what each is for, and which services are given which file')
      .argument(...folderArgument),
    async () => (await import('../commands/keys/show.js')).keysShow,
  );
  acts(
    keys
      .command('rotate')
      .description('add a new key; the old ones still open what they sealed')
      .argument(...purposeArgument)
      .argument(...folderArgument)
      .option(
        '--minutes <n>',
        'until the new key is used; all services must have the files by then (default: 10)',
        Number,
      ),
    async () => (await import('../commands/keys/rotate.js')).keysRotate,
  );
  acts(
    keys
      .command('prune')
      .description('remove the keys that came before the one in use')
      .argument(...purposeArgument)
      .argument(...folderArgument),
    async () => (await import('../commands/keys/prune.js')).keysPrune,
  );
  acts(
    keys
      .command('reseal')
      .description('seal all stored secrets to the keys in use; services may run meanwhile')
      .argument(...folderArgument)
      .option(...urlOption)
      .option('--former-key-file <file>', 'the one key of an installation before it had these'),
    async () => (await import('../commands/keys/reseal.js')).keysReseal,
  );
}
