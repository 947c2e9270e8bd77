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
  addSet(node, acts);
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
  const create = node
    .command('create')
    .alias('enrol')
    .description('enrol a machine, or all machines of a file')
    .option(
      '--from <file>',
      'a file of machines (.csv, .yaml, .json); other options then hold for those that do not say it',
    )
    .option('--cpus <n>', 'processors', count)
    .option('--memory-mb <n>', 'memory, MiB', count)
    .option('--local-gb <n>', 'disk, GiB', count)
    .option('--mac <address...>', 'addresses of its NICs, the one it boots from first')
    .option('--uuid <uuid>', 'its uuid; default: a new one');
  acts(withProperties(create), async () => (await import('../commands/node/create.js')).nodeCreate);
}

function addSet(node: Command, acts: Acts): void {
  const set = node
    .command('set')
    .description('change what is known of machines, the same of each')
    .argument('<node...>', which)
    .option('--cpus <n>', 'processors', count)
    .option('--memory-mb <n>', 'memory, MiB', count)
    .option('--local-gb <n>', 'disk, GiB', count)
    .option('--unset <field...>', 'empty these fields: rack, traits, ...')
    .option('--maintenance <reason>', 'give it no new servers while somebody works on it')
    .option('--no-maintenance', 'give it servers again')
    .option('--quarantine <reason>', 'give it no new servers: it is suspect')
    .option('--no-quarantine', 'trust it again')
    .option('--reset-failures', 'forget the builds that failed on it');
  acts(withProperties(set), async () => (await import('../commands/node/set.js')).nodeSet);
}

/** What a node is, where it stands, and how its power is switched. Lists are given whole. */
const withProperties = (command: Command): Command =>
  command
    .option('--name <name>', 'a name for it')
    .option('--service-host <host>', 'compute host under which it is shown')
    .option('--availability-zone <zone>', 'availability zone')
    .option('--resource-class <class>', 'resource class')
    .option('--arch <arch>', 'processor architecture; default: x86_64')
    .option('--rack <rack>', 'rack that it stands in')
    .option('--power-feed <feed>', 'power feed that it hangs on')
    .option('--switch <switch>', 'switch that it is plugged into')
    .option('--trait <name...>', 'what it has, such as HW_GPU; all of it')
    .option(
      '--root-device <key=value...>',
      'the disk that servers get, such as serial=S1 or size=">= 100"; all of it',
    )
    .option(
      '--keep-disk <key=value,key=value...>',
      'a disk that is never written, such as serial=S2 or "model=X,size=4000"; all of them',
    )
    .option('--capability <key=value...>', 'what flavors ask for by capabilities:key; all of them')
    .option('--driver <driver>', 'power driver; default: that of the api (ipmi)')
    .option('--pm-address <address>', 'address of its BMC')
    .option('--pm-user <user>', 'user of its BMC')
    .option('--pm-password-file <file>', 'file with the password of its BMC; - is standard input')
    .option(
      '--pm-option <key=value...>',
      'options of the power driver, such as cipher_suite=3; all of them',
    );

function count(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) {
    throw new InvalidArgumentError('A whole number above 0 is needed.');
  }
  return Number(text);
}
