import { packageVersion } from '@metalcast/config';
import { Command } from 'commander';
import { addBrokerCommands } from './groups/broker.js';
import { addDatabaseCommands } from './groups/db.js';
import { addExplainCommand } from './groups/explain.js';
import { addImageCommands } from './groups/image.js';
import { addKeyCommands } from './groups/keys.js';
import { addLabCommand } from './groups/lab.js';
import { addNodeCommands } from './groups/node.js';
import { addServiceCommands } from './groups/service.js';
import { actions, type AttachAction, type Environment } from './action.js';
import type { Reporter } from './result.js';

/** The whole command tree. A command's module is loaded when the command runs. */
export function programFor(
  env: Environment,
  report: Reporter,
  attach: AttachAction = actions(env, report),
): Command {
  const program = new Command('metalcast')
    .description('Bare-metal provisioning as event-driven services')
    .version(`metalcast ${packageVersion(import.meta.url)}`)
    .option('--json', 'print JSON')
    .exitOverride()
    .showHelpAfterError('(add --help for the list of commands)');
  addBrokerCommands(program, attach);
  addDatabaseCommands(program, attach);
  addExplainCommand(program, attach);
  addImageCommands(program, attach);
  addKeyCommands(program, attach);
  addLabCommand(program, report);
  addNodeCommands(program, attach);
  addServiceCommands(program, attach);
  return program;
}
