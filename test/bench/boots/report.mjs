import { serviceNames } from '@metalcast/testing/simulated';
import { table } from '../scheduler/table.mjs';
import { sumOf } from './statements.mjs';

const tolerance = 1.1;
/** Not the control plane: what stands for the machines, and the programs that compose and write a disk. */
const outside = ['simulator', 'its children'];
/** Each turn of the engine locks its operation by this statement, and waits here for the turn of another. */
const turn = /FROM operations WHERE id = \$1::uuid FOR UPDATE/;

const parts = ({ together, deletes, one, on, off, idle }) => [
  ['boot, at once', together],
  ['delete, at once', deletes],
  ['boot and delete, one by one', one],
  ['power on, one by one', on],
  ['power off, one by one', off],
  ['idle, by second', idle],
];

const sum = (cpu, names) => names.reduce((total, name) => total + (cpu[name] ?? 0), 0);

/** What one operation of a part costs. */
export function costs({ count, cpu, rows, transactions, published, delivered, seconds }) {
  const all = Object.keys(cpu);
  return {
    cpuMs:
      (sum(
        cpu,
        all.filter((name) => !outside.includes(name)),
      ) *
        1000) /
      count,
    statements: sumOf(rows, 'calls') / count,
    transactions: transactions / count,
    published: published / count,
    delivered: delivered / count,
    turns: sumOf(rows, 'calls', { service: 'compute', pattern: turn }) / count,
    turnLockMs: sumOf(rows, 'ms', { service: 'compute', pattern: turn }) / count,
    seconds: seconds / count,
  };
}

const headings = {
  cpuMs: 'CPU ms',
  statements: 'statements',
  transactions: 'transactions',
  published: 'published',
  delivered: 'delivered',
  turns: 'turns',
  turnLockMs: 'lock ms',
  seconds: 'seconds',
};

const short = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

export function report(measured, top) {
  const rows = parts(measured);
  const summary = table(
    ['each', ...Object.values(headings)],
    rows.map(([name, part]) => [
      name,
      ...Object.keys(headings).map((key) => short(costs(part)[key])),
    ]),
  );
  const names = Object.keys(measured.together.cpu);
  const cpu = table(
    ['CPU ms of each', ...names],
    rows.map(([name, part]) => [
      name,
      ...names.map((each) => short((part.cpu[each] * 1000) / part.count)),
    ]),
  );
  const statements = table(
    ['statements of each', ...serviceNames],
    rows.map(([name, part]) => [
      name,
      ...serviceNames.map((service) => short(sumOf(part.rows, 'calls', { service }) / part.count)),
    ]),
  );
  const rate = `${measured.nodes} at once: ${short((60 * measured.nodes) / measured.together.seconds)} boots a minute, ${short((60 * measured.nodes) / measured.deletes.seconds)} deletes`;
  const most = top > 0 ? `\n\n${mostCalled(measured.together, top)}` : '';
  return `${rate}\n\n${summary}\n\n${cpu}\n\n${statements}${most}`;
}

const mostCalled = ({ rows, count }, top) =>
  rows
    .slice(0, top)
    .map(
      ({ role, query, calls, ms }) =>
        `${short(calls / count).padStart(6)} ${short(ms / calls).padStart(7)} ms  ${role.slice(6).padEnd(14)} ${query.replaceAll(/\s+/g, ' ').slice(0, 160)}`,
    )
    .join('\n');

/** The lines of what costs more than a tenth above its budget. */
export function overBudget(measured, budget) {
  const actual = {
    boot: costs(measured.together),
    delete: costs(measured.deletes),
    idle: costs(measured.idle),
  };
  return Object.entries(budget).flatMap(([part, limits]) =>
    Object.entries(limits)
      .filter(([key, limit]) => actual[part][key] > limit * tolerance)
      .map(([key, limit]) => `${part}: ${short(actual[part][key])} ${key}, ${limit} are allowed`),
  );
}
