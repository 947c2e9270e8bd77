// The lab's program, started by up.mjs when all that it needs is installed and built.
import { parseArgs } from 'node:util';
import { showConsole } from './console.js';
import { down } from './down.js';
import { serverUrls } from './external/server-urls.js';
import { status, statusText } from './status.js';
import { summary } from './up/summary.js';
import { up } from './up/up.js';

const help = `Usage: npm run lab -- [command] [options]

Commands:
  up              starts the lab, or what is missing of it (the default)
  down            removes every process, namespace and file that the lab has made
  status          tells what runs
  console [node]  follows a node's serial console, e.g. node1

Options:
  --nodes N       nodes in the rack, default as many as there are, or 2; a larger number adds nodes
  --uefi N        the last N nodes have UEFI firmware, default none. A node that is there keeps its own: when the lab
                  is up, give --nodes too, e.g. --nodes 3 --uefi 1
  --second-disk   nodes that are added have a second disk of 1 GiB, from which their BIOS tries to start first; when
                  the lab is up, give --nodes too
  --no-server     leaves out the first server
  --json          status as JSON
  --folder DIR    where openrc, lab.json and logs lie, default .lab; another folder is another lab
  --data DIR      where its data lies, default under /var/lib/metalcast-lab

Environment: AMQP_URL, DATABASE_URL name servers to use in place of the lab's own.
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

/** Out of the environment: all that the lab starts would inherit them, passwords and all. */
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
