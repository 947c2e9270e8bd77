// The first command in a clean checkout. Plain Node, because nothing is installed yet. Installs and builds everything,
// then starts the lab's program: node lab/up.mjs [up|down|status|console] [options]
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const program = `${root}/lab/dist/main.js`;
const given = process.argv.slice(2);
const isHelp = given.includes('--help') || given.includes('-h');
const args = given[0] === undefined || given[0].startsWith('-') ? ['up', ...given] : given;

/** The other commands only read or remove an existing lab, so they need no preparation. */
async function prepareFor(command) {
  if (command === 'up' && !isHelp) {
    const { prepare } = await import('./setup/prepare.mjs');
    prepare({ purpose: 'lab', root });
  } else if (!existsSync(program)) {
    throw new Error(`${command}: the lab was never built in this checkout; "npm run lab" does it`);
  }
}

function run() {
  const child = spawn(process.execPath, [program, ...args], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal));
  }
  child.once('close', (code) => {
    process.exitCode = code ?? 1;
  });
}

try {
  await prepareFor(args[0]);
  run();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
