// Builds the image of an operating system for real use: npm run image -- debian [--table gpt|mbr] [--json]
// Plain Node, because nothing is installed yet. Prints where the file is, and the command that uploads it.
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { prepareMachine } from '../lab/setup/prepare.mjs';
import { debian } from './debian/build.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const systems = { debian };

const say = (line) => {
  process.stderr.write(`${line}\n`);
};

async function build() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      table: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const [name, ...others] = positionals;
  const system = systems[name];
  if (system === undefined || others.length > 0) {
    throw new Error(`which system? npm run image -- ${Object.keys(systems).join('|')}`);
  }
  const { table = system.tables[0] } = values;
  if (!system.tables.includes(table)) {
    throw new Error(`--table ${table}: must be ${system.tables.join(' or ')}`);
  }
  prepareMachine('image', root);
  const cache = path.join(root, '.cache', name);
  const built = await system.build({ table, cache, say });
  const { minDisk, properties } = system;
  return values.json
    ? JSON.stringify({ ...built, minDisk, properties })
    : summary(name, system, built);
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
  process.stdout.write(`${await build()}\n`);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
