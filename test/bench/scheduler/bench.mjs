// npm run bench -- scheduler [--nodes 1000,10000,100000] [--only selection,explain,claims,path] [--seconds 2]
// Prints figures beside what is aimed at, and beside a baseline that is measured in the same run.
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { measureClaims } from './claims.mjs';
import { measureExplain } from './explain.mjs';
import { measurePath } from './path.mjs';
import { measureSelection } from './selection.mjs';
import { fine, table, whole } from './table.mjs';

const say = (line) => process.stdout.write(`${line}\n`);
const load = () => `load average ${loadavg()[0].toFixed(1)}`;

const parts = { selection, explain, claims, path };

export async function bench(options) {
  const { values } = parseArgs({
    args: options,
    options: {
      nodes: { type: 'string', default: '1000,10000,100000' },
      only: { type: 'string', default: Object.keys(parts).join(',') },
      seconds: { type: 'string', default: '2' },
    },
  });
  const given = { nodes: values.nodes.split(',').map(Number), seconds: Number(values.seconds) };
  for (const name of values.only.split(',')) {
    await parts[name](given);
  }
}

function selection({ nodes, seconds }) {
  for (const count of nodes) {
    const measured = measureSelection(count, seconds);
    const { kinds, heapMb } = measured;
    say(
      `\nSelection in one process, ${whole(count)} nodes of ${whole(kinds)} kinds, three quarters taken; ${load()}`,
    );
    say(`memory: ${fine((heapMb / count) * 1000)} MiB of heap for 1,000 nodes`);
    const rows = measured.policies.map(({ name, walk, ...own }) => [
      name,
      whole(own.perSecond),
      whole(1000 / own.cpuMs),
      fine(own.cpuMs),
      fine(own.p50Ms),
      fine(own.p99Ms),
      whole(walk.perSecond),
      fine(walk.cpuMs),
      `${fine(walk.cpuMs / own.cpuMs)} x`,
    ]);
    say(
      table(
        [
          '',
          'per s',
          'per CPU s',
          'CPU ms',
          'p50 ms',
          'p99 ms',
          'walk per s',
          'walk CPU ms',
          'ratio',
        ],
        rows,
      ),
    );
  }
  say('Aim: 2,000 selections/s at 10,000 nodes, flat where an index applies.');
}

function explain() {
  const count = 100_000;
  say(`\nExplain, the full walk of ${whole(count)} nodes; ${load()}`);
  for (const { ms, cpuMs, fit, reasons } of measureExplain(count)) {
    say(`${whole(ms)} ms, ${whole(cpuMs)} CPU ms (${whole(fit)} fit, ${reasons} reasons)`);
  }
  say('Aim: under 1,000 ms.');
}

async function claims() {
  const rows = (await measureClaims()).map((row) => [
    `${row.processes} x ${row.workers} workers, ${row.how === 'bare' ? 'the bare UPDATE by pg' : "the service's claim"}`,
    whole(row.perSecond),
    `${whole(row.lostShare * 100)} %`,
    fine(row.roundTrips),
    fine(row.p50Ms),
    fine(row.p99Ms),
    fine(row.cpuMs),
    fine(row.databaseMs),
  ]);
  say(`\nContended claims, one PostgreSQL; ${load()}`);
  const headings = [
    '',
    'per s',
    'lost',
    'round trips',
    'p50 ms',
    'p99 ms',
    'CPU ms',
    'PostgreSQL CPU ms',
  ];
  say(table(headings, rows));
  say('Aim: 1,000 claims/s.');
}

async function path() {
  const rows = (await measurePath()).map((row) => [
    row.processes === 1 ? '1 scheduler' : `${row.processes} schedulers`,
    whole(row.perSecond),
    whole(row.toldPerSecond),
    `${fine(row.lostShare * 100)} %`,
    fine(row.cpuMs),
    fine(row.databaseMs),
  ]);
  say(`\nThe whole path, from the cast to committed rows, over RabbitMQ and PostgreSQL; ${load()}`);
  say(table(['', 'placed per s', 'and told per s', 'lost', 'CPU ms', 'PostgreSQL CPU ms'], rows));
}
