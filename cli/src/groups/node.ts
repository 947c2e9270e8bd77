import { InvalidArgumentError, type Command } from 'commander';
import type { AttachAction } from '../action.js';

const which = 'number, uuid or name of the node';

export function addNodeCommands(program: Command, attach: AttachAction): void {
  const node = program.command('node').description('Enrolled machines (administrators only)');
  attach(
    node.command('list').description('list the nodes'),
    async () => (await import('../commands/node/list.js')).nodeList,
  );
  attach(
    node.command('show').description('show all fields of a node').argument('<node>', which),
    async () => (await import('../commands/node/show.js')).nodeShow,
  );
  addCreate(node, attach);
  addSet(node, attach);
  attach(
    node
      .command('delete')
      .description('delete nodes; the machines stay as they are')
      .argument('<node...>', which),
    async () => (await import('../commands/node/delete.js')).nodeDelete,
  );
  attach(
    node
      .command('power')
      .description('switch or show the power of nodes')
      .argument('<action>', 'on, off, cycle, soft-off or status')
      .argument('<node...>', which)
      .option('--no-wait', 'do not wait until the power has changed, or could not be')
      .option('--timeout <n>', 'how many seconds to wait for it', count, 180),
    async () => (await import('../commands/node/power.js')).nodePower,
  );
  addInterfaces(node, attach);
}

function addInterfaces(node: Command, attach: AttachAction): void {
  const nic = node.command('interface').description('network interfaces of a node');
  const address = 'MAC address of the interface';
  attach(
    nic
      .command('add')
      .description('enrol another interface')
      .argument('<node>', which)
      .argument('<mac>', address)
      .option('--no-pxe', 'the node never boots from it'),
    async () => (await import('../commands/node/interface.js')).interfaceAdd,
  );
  attach(
    nic
      .command('remove')
      .description('remove an interface of a node without a server')
      .argument('<node>', which)
      .argument('<mac>', address),
    async () => (await import('../commands/node/interface.js')).interfaceRemove,
  );
}

function addCreate(node: Command, attach: AttachAction): void {
  const create = node
    .command('create')
    .alias('enrol')
    .description('enrol one machine, or all machines of a file')
    .option(
      '--from <file>',
      'file of machines (.csv, .yaml, .json); the other options are then defaults for all machines',
    )
    .option('--cpus <n>', 'number of CPUs', count)
    .option('--memory-mb <n>', 'memory in MiB', count)
    .option('--local-gb <n>', 'disk in GiB', count)
    .option('--mac <address...>', 'addresses of its NICs; the first one is the boot NIC')
    .option('--uuid <uuid>', 'uuid of the node; default: a new one');
  attach(
    withProperties(create),
    async () => (await import('../commands/node/create.js')).nodeCreate,
  );
}

function addSet(node: Command, attach: AttachAction): void {
  const set = node
    .command('set')
    .description('change fields of nodes, all in the same way')
    .argument('<node...>', which)
    .option('--cpus <n>', 'number of CPUs', count)
    .option('--memory-mb <n>', 'memory in MiB', count)
    .option('--local-gb <n>', 'disk in GiB', count)
    .option('--unset <field...>', 'fields to empty: rack, traits, ...')
    .option(
      '--maintenance <reason>',
      'place no new servers on the node while it is being worked on',
    )
    .option('--no-maintenance', 'end the maintenance')
    .option('--quarantine <reason>', 'place no new servers on the node because it is suspect')
    .option('--no-quarantine', 'end the quarantine')
    .option('--reset-failures', 'set the count of failed builds to 0');
  attach(withProperties(set), async () => (await import('../commands/node/set.js')).nodeSet);
}

/** Properties and BMC options, shared by create and set. A list replaces the whole previous list. */
const withProperties = (command: Command): Command =>
  command
    .option('--name <name>', 'name of the node')
    .option('--service-host <host>', 'compute host of the node, as Nova shows it')
    .option('--availability-zone <zone>', 'availability zone')
    .option('--resource-class <class>', 'resource class')
    .option('--arch <arch>', 'processor architecture; default: x86_64')
    .option('--rack <rack>', 'rack of the machine')
    .option('--power-feed <feed>', 'power feed of the machine')
    .option('--switch <switch>', 'network switch of the machine')
    .option('--trait <name...>', 'its traits, such as HW_GPU; replaces all')
    .option(
      '--root-device <key=value...>',
      'properties of the disk for servers, such as serial=S1 or size=">= 100"; replaces all',
    )
    .option(
      '--keep-disk <key=value,key=value...>',
      'disks that are never written, such as serial=S2 or "model=X,size=4000"; replaces all',
    )
    .option(
      '--capability <key=value...>',
      'capabilities that flavors match with capabilities:key; replaces all',
    )
    .option('--driver <driver>', 'power driver; default: the one configured in the api (ipmi)')
    .option('--pm-address <address>', 'address of the BMC')
    .option('--pm-user <user>', 'user of the BMC')
    .option('--pm-password-file <file>', 'file with the password of the BMC; - is standard input')
    .option(
      '--pm-option <key=value...>',
      'options of the power driver, such as cipher_suite=3; replaces all',
    );

function count(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) {
    throw new InvalidArgumentError('It must be a whole number above 0.');
  }
  return Number(text);
}
