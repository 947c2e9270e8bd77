// The figures as tables, with the aim and what limits them.
import { availableParallelism, loadavg } from 'node:os';
import { fine, table, whole } from './table.mjs';

const load = () => `load average ${loadavg()[0].toFixed(1)} on ${availableParallelism()} CPUs`;

/** Headings with how each cell is made of a row. */
function tableOf(rows, columns) {
  const cells = rows.map((row) => Object.values(columns).map((cell) => cell(row)));
  return table(Object.keys(columns), cells);
}

export function reportSelection({ nodes, kinds, heapMb, policies }) {
  return [
    `Selection in one process: ${whole(nodes)} nodes of ${whole(kinds)} kinds, three quarters taken; ${load()}`,
    tableOf(policies, {
      '': ({ name }) => name,
      'per s': ({ perSecond }) => whole(perSecond),
      'per CPU s': ({ cpuMs }) => whole(1000 / cpuMs),
      'CPU ms': ({ cpuMs }) => fine(cpuMs),
      'p50 ms': ({ p50Ms }) => fine(p50Ms),
      'p99 ms': ({ p99Ms }) => fine(p99Ms),
      'walk CPU ms': ({ walk }) => fine(walk.cpuMs),
      'walk p50 ms': ({ walk }) => fine(walk.p50Ms),
      ratio: ({ cpuMs, walk }) => `${fine(walk.cpuMs / cpuMs)} x`,
    }),
    `Memory: ${fine((heapMb / nodes) * 1000)} MiB of heap for 1,000 nodes.`,
    'Limited by one CPU; where it goes:',
    ...policies.map(({ name, spent }) => `  ${name}: ${spent.join(', ')}`),
    'Aim: 2,000 selections/s at 10,000 nodes, flat where an index applies.',
  ].join('\n');
}

export function reportExplain(nodes, runs) {
  return [
    `Explain, the full walk of ${whole(nodes)} nodes; ${load()}`,
    tableOf(runs, {
      ms: ({ ms }) => whole(ms),
      'CPU ms': ({ cpuMs }) => whole(cpuMs),
      fit: ({ fit }) => whole(fit),
      reasons: ({ reasons }) => String(reasons),
    }),
    'Limited by one CPU, and by it alone. Aim: under 1,000 ms.',
  ].join('\n');
}

const who = ({ processes, workers, how }) =>
  `${processes} x ${workers} workers, ${how === 'bare' ? 'the bare UPDATE by pg' : "the service's claim"}`;

export function reportClaims(rows) {
  const bareOf = ({ processes }) =>
    rows.find((row) => row.how === 'bare' && row.processes === processes);
  return [
    `Contended claims, one PostgreSQL; ${load()}`,
    tableOf(rows, {
      '': who,
      'claims/s': ({ perSecond }) => whole(perSecond),
      'of bare': (row) => `${whole((row.perSecond / bareOf(row).perSecond) * 100)} %`,
      lost: ({ lostShare }) => `${whole(lostShare * 100)} %`,
      'round trips': ({ roundTrips }) => fine(roundTrips),
      'p50 ms': ({ p50Ms }) => fine(p50Ms),
      'p99 ms': ({ p99Ms }) => fine(p99Ms),
      'CPU ms': ({ cpuMs }) => fine(cpuMs),
      'PostgreSQL CPU ms': ({ databaseMs }) => fine(databaseMs),
    }),
    ...rows
      .filter(({ how }) => how === 'service')
      .map((row) => `${who(row)}: ${limitOf(row.perSecond, [row.cpuMs, row.databaseMs])}`),
    'Aim: 1,000 claims/s.',
  ].join('\n');
}

export function reportPath(rows) {
  return [
    `The whole path, from the cast to committed rows, over RabbitMQ and PostgreSQL; ${load()}`,
    tableOf(rows, {
      schedulers: ({ processes }) => String(processes),
      'placed/s': ({ perSecond }) => whole(perSecond),
      'and told/s': ({ toldPerSecond }) => whole(toldPerSecond),
      'claims lost for each placed': ({ lostShare }) => lostShare.toFixed(2),
      'schedulers CPU ms': ({ cpuMs }) => fine(cpuMs),
      'PostgreSQL CPU ms': ({ databaseMs }) => fine(databaseMs),
      'RabbitMQ CPU ms': ({ brokerMs }) => fine(brokerMs),
    }),
    ...rows.map(
      (row) =>
        `${row.processes}: ${limitOf(row.perSecond, [row.cpuMs, row.databaseMs, row.brokerMs])}`,
    ),
  ].join('\n');
}

/** What CPUs that others use, or that idle, leave: the figure is that of these CPUs when the sum comes near to all. */
function limitOf(perSecond, cpuMs) {
  const each = cpuMs.reduce((sum, ms) => sum + ms, 0);
  const used = (perSecond * each) / 1000;
  return `${fine(each)} CPU ms each, ${used.toFixed(1)} of ${availableParallelism()} CPUs used: alone on them it could be ${whole((availableParallelism() / each) * 1000)}/s.`;
}
