import { InvalidArgumentError, type Command } from 'commander';
import type { Acts } from '../action.js';

const which = 'number, uuid or name of the node';

export function addNodeCommands(program: Command, acts: Acts): void {
  const node = program.command('node').description('Enrolled machines (needs an administrator)');
  acts(
    node.command('list').description('list them'),
    async () => (await import('../commands/node/list.js')).nodeList,
  );
  acts(
    node.command('show').description('all about one').argument('<node>', which),
    async () => (await import('../commands/node/show.js')).nodeShow,
  );
  addCreate(node, acts);
  acts(
    node.command('delete').description('take machines off the list').argument('<node...>', which),
    async () => (await import('../commands/node/delete.js')).nodeDelete,
  );
  acts(
    node
      .command('power')
      .description('switch the power of machines, or tell it')
      .argument('<action>', 'on, off, cycle, soft-off or status')
      .argument('<node...>', which),
    async () => (await import('../commands/node/power.js')).nodePower,
  );
}

function addCreate(node: Command, acts: Acts): void {
  acts(
    node
      .command('create')
      .description('enrol a machine')
      .requiredOption('--cpus <n>', 'processors', count)
      .requiredOption('--memory-mb <n>', 'memory, MiB', count)
      .requiredOption('--local-gb <n>', 'disk, GiB', count)
      .requiredOption('--mac <address...>', 'addresses of its NICs, the one it boots from first')
      .option('--name <name>', 'a name for it')
      .option('--uuid <uuid>', 'its uuid; default: a new one')
      .option('--driver <driver>', 'power driver; default: that of the api (ipmi)')
      .option('--pm-address <address>', 'address of its BMC')
      .option('--pm-user <user>', 'user of its BMC')
      .option('--pm-password-file <file>', 'file with the password of its BMC; - is standard input')
      .option('--pm-option <key=value...>', 'options of the power driver, such as cipher_suite=3')
      .option('--service-host <host>', 'compute host under which it is shown')
      .option('--availability-zone <zone>', 'availability zone')
      .option('--resource-class <class>', 'resource class')
      .option('--arch <arch>', 'processor architecture; default: x86_64'),
    async () => (await import('../commands/node/create.js')).nodeCreate,
  );
}

function count(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) {
    throw new InvalidArgumentError('A whole number above 0 is needed.');
  }
  return Number(text);
}
