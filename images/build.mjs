// Builds the image of an operating system for real use. Plain Node, because nothing is installed yet. Prints where the
// file is, and the command that uploads it; with --json the last line of the output is the same for programs.
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { prepareMachine } from '../lab/setup/prepare.mjs';
import { debian } from './debian/build.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const systems = new Map([['debian', debian]]);
const usage = `Usage: npm run image -- ${[...systems.keys()].join('|')} [--table gpt|mbr] [--json]`;

class UsageError extends Error {}

function readArguments() {
  const { values, positionals } = parse();
  const [name, ...others] = positionals;
  const system = systems.get(name);
  if (system === undefined || others.length > 0) {
    throw new UsageError('one system must be named');
  }
  const { table = system.tables[0], json = false } = values;
  if (!system.tables.includes(table)) {
    throw new UsageError(`--table ${table}: must be ${system.tables.join(' or ')}`);
  }
  return { name, system, table, json };
}

function parse() {
  try {
    const options = { table: { type: 'string' }, json: { type: 'boolean' } };
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    throw new UsageError(error.message);
  }
}

const say = (line) => {
  process.stderr.write(`${line}\n`);
};

async function build({ name, system, table, json }) {
  prepareMachine('image', root);
  const built = await system.build({ table, cache: path.join(root, '.cache', name), say });
  const { minDisk, properties } = system;
  return json ? JSON.stringify({ ...built, minDisk, properties }) : summary(name, system, built);
}

function summary(name, { minDisk, properties }, { file, bytes, cached }) {
  const words = Object.entries(properties).map(([key, value]) => `--property ${key}=${value}`);
  return [
    `${file} (${Math.ceil(bytes / 1024 ** 2)} MiB${cached ? ', from the cache' : ''})`,
    '',
    'To upload it:',
    '',
    '    . .lab/openrc',
    `    openstack image create --disk-format qcow2 --container-format bare --min-disk ${minDisk} \\`,
    `        ${words.join(' ')} \\`,
    `        --file ${file} ${name}`,
  ].join('\n');
}

try {
  process.stdout.write(`${await build(readArguments())}\n`);
} catch (error) {
  const isUsage = error instanceof UsageError;
  process.stderr.write(`${error.message}\n${isUsage ? `${usage}\n` : ''}`);
  process.exitCode = isUsage ? 2 : 1;
}
