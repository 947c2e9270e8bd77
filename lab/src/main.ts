// The lab's program, started by up.mjs after installation and build.
import { parseArgs } from 'node:util';
import { showConsole } from './console.js';
import { down } from './down.js';
import { serverUrls } from './external/server-urls.js';
import type { NodeSize } from './rack/node.js';
import { status, statusText } from './status.js';
import { summary } from './up/summary.js';
import { up } from './up/up.js';

const help = `Usage: npm run lab -- [command] [options]

Commands:
  up              starts the lab, or its missing parts (the default)
  down            removes every process, namespace and file of the lab
  status          shows the processes and services
  console [node]  follows a node's serial console, e.g. node1

Options:
  --nodes N       number of nodes in the rack, default: as before, or 2; a larger number adds nodes
  --uefi N        the last N nodes have UEFI firmware, default none. Existing nodes keep theirs: when the lab
                  is up, give --nodes too, e.g. --nodes 3 --uefi 1
  --second-disk   new nodes have a second disk of 1 GiB, from which their BIOS tries to boot first; when
                  the lab is up, give --nodes too
  --memory MB     memory of new nodes, default 512
  --disk GB       system disk of new nodes, default 8
  --no-server     does not create the first server
  --json          status as JSON
  --folder DIR    folder of openrc, lab.json and logs, default .lab; another folder is another lab
  --data DIR      folder of the lab's data, default under /var/lib/metalcast-lab

Environment: AMQP_URL and DATABASE_URL give your own servers to use instead of the lab's.
`;

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

async function main(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      nodes: { type: 'string' },
      uefi: { type: 'string' },
      memory: { type: 'string' },
      disk: { type: 'string' },
      'second-disk': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      'no-server': { type: 'boolean', default: false },
      folder: { type: 'string' },
      data: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [command = 'up', which] = positionals;
  if (values.help) {
    print(help);
    return 0;
  }
  switch (command) {
    case 'up':
      print(
        await up({
          ...values,
          nodes: values.nodes === undefined ? undefined : nodeCount('--nodes', values.nodes, 1),
          uefi: values.uefi === undefined ? undefined : nodeCount('--uefi', values.uefi, 0),
          size: sizeOf(values),
          secondDisk: values['second-disk'],
          server: !values['no-server'],
          servers: serverUrls(takeUrls()),
        }).then(summary),
      );
      return 0;
    case 'down':
      print((await down(values, print)) ? 'The lab is down.' : 'There was no lab.');
      return 0;
    case 'status': {
      const lab = await status(values);
      print(values.json ? JSON.stringify(lab, undefined, 2) : statusText(lab));
      return lab.up ? 0 : 1;
    }
    case 'console':
      await showConsole(values, which, print);
      return 0;
    default:
      throw new Error(`unknown command ${command}\n\n${help}`);
  }
}

function nodeCount(option: string, text: string, least: number): number {
  const nodes = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(nodes >= least && nodes <= 99)) {
    throw new Error(`${option} ${text}: must be from ${least} to 99`);
  }
  return nodes;
}

function sizeOf({
  memory,
  disk,
}: {
  readonly memory?: string | undefined;
  readonly disk?: string | undefined;
}): Partial<NodeSize> {
  return {
    ...(memory === undefined ? {} : { memoryMb: amount('--memory', memory, 256) }),
    ...(disk === undefined ? {} : { diskGb: amount('--disk', disk, 2) }),
  };
}

function amount(option: string, text: string, least: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least)) {
    throw new Error(`${option} ${text}: must be a whole number from ${least}`);
  }
  return value;
}

/** Removes the URLs from the environment: every child process would inherit their passwords. */
function takeUrls(): { amqp: string | undefined; database: string | undefined } {
  const urls = { amqp: process.env['AMQP_URL'], database: process.env['DATABASE_URL'] };
  Reflect.deleteProperty(process.env, 'AMQP_URL');
  Reflect.deleteProperty(process.env, 'DATABASE_URL');
  return urls;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
