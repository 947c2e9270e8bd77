import { packageVersion } from '@metalcast/config';
import { Command } from 'commander';
import { addBrokerCommands } from './groups/broker.js';
import { addDatabaseCommands } from './groups/db.js';
import { addExplainCommand } from './groups/explain.js';
import { addKeyCommands } from './groups/keys.js';
import { addLabCommand } from './groups/lab.js';
import { addNodeCommands } from './groups/node.js';
import { addServiceCommands } from './groups/service.js';
import { actions, type Acts, type Environment } from './action.js';
import type { Reporter } from './result.js';

/** The whole command tree. What a command does is loaded when it is called. */
export function programFor(
  env: Environment,
  report: Reporter,
  acts: Acts = actions(env, report),
): Command {
  const program = new Command('metalcast')
    .description('Bare-metal provisioning as event-driven services')
    .version(`metalcast ${packageVersion(import.meta.url)}`)
    .option('--json', 'print JSON')
    .exitOverride()
    .showHelpAfterError('(add --help for what there is)');
  addBrokerCommands(program, acts);
  addDatabaseCommands(program, acts);
  addExplainCommand(program, acts);
  addKeyCommands(program, acts);
  addLabCommand(program, report);
  addNodeCommands(program, acts);
  addServiceCommands(program, acts);
  return program;
}
