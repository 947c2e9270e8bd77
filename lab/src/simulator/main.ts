// The simulator's program: many machines without QEMU, in the network namespace of this process.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { controlServer } from './control.js';
import { startSimulator } from './simulator.js';

const help = `Usage: node lab/dist/simulator/main.js --folder DIR --password-file FILE [options]

Simulates machines with BMCs for the power driver "fake" (docs/simulator.md).

Options:
  --folder DIR           folder of their disks
  --password-file FILE   password of their BMCs, user admin
  --nodes N              number of machines, default 5
  --bmc-port PORT        port of all BMCs, default 8700: http://127.0.0.1:PORT/bmc/node1, node2, …
  --control-port PORT    port to inspect machines and set their faults, default 8701
`;

/** An unexpected error of one machine must not end the others. */
const broken = (error: unknown): void => {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`broken: ${text}\n`);
};

async function main(): Promise<void> {
  process.on('unhandledRejection', broken);
  process.on('uncaughtException', broken);
  const { values } = parseArgs({
    options: {
      folder: { type: 'string' },
      'password-file': { type: 'string' },
      nodes: { type: 'string', default: '5' },
      'bmc-port': { type: 'string', default: '8700' },
      'control-port': { type: 'string', default: '8701' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { folder, 'password-file': passwordFile } = values;
  if (values.help || folder === undefined || passwordFile === undefined) {
    process.stdout.write(help);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const began = performance.now();
  const simulator = await startSimulator({
    folder,
    nodes: Number(values.nodes),
    bmcPort: Number(values['bmc-port']),
    bmcPassword: readFileSync(passwordFile, 'utf8'),
    say: (node, line) => {
      const at = ((performance.now() - began) / 1000).toFixed(3);
      process.stdout.write(`${at} ${node}: ${line}\n`);
    },
  });
  const control = controlServer(simulator);
  await control.listen({ host: '127.0.0.1', port: Number(values['control-port']) });
  const stop = async (): Promise<void> => {
    await control.close();
    await simulator.close();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stop().catch(broken);
    });
  }
}

main().catch((error: unknown) => {
  broken(error);
  process.exit(1);
});
