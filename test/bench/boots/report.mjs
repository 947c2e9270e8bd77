import { serviceNames } from '@metalcast/domain';
import { table } from '../scheduler/table.mjs';
import { sumOf } from './statements.mjs';

const tolerance = 1.1;
/** Not the control plane: what stands for the machines, and the programs that compose and write a disk. */
const outside = ['simulator', 'its children'];
const stack = [...serviceNames, 'postgres', 'rabbitmq'];
/** Each turn of the engine locks and reads its rows by this statement, and waits here for the turn of another. */
const turn = /prepared turn_of_/;
/** A turn that changes something writes it by this one. */
const written = /prepared write_turn/;

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
    emptyTurns:
      (sumOf(rows, 'calls', { service: 'compute', pattern: turn }) -
        sumOf(rows, 'calls', { service: 'compute', pattern: written })) /
      count,
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
  emptyTurns: 'empty',
  turnLockMs: 'lock ms',
  seconds: 'seconds',
};

const legend = [
  'Each figure is of one operation, when idle of one second; power is switched by the API, on nodes without a server.',
  'delivered: to consumers. A message counts once for each queue that takes it; one that no queue is bound to, not at all.',
  'empty: turns that changed nothing. lock ms: waiting for, and reading, the rows of turns.',
  'its children: programs of deploy-helper that compose and write disks; like the simulator not in the first CPU ms.',
].join('\n');

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
  const rate = `${measured.nodes} at once: ${short((60 * measured.nodes) / measured.together.seconds)} boots a minute, ${short((60 * measured.nodes) / measured.deletes.seconds)} deletes a minute`;
  const memory = memoryTable(measured);
  const most = top > 0 ? `\n\n${mostCalled(measured.together, top)}` : '';
  return `${rate}\n\n${summary}\n\n${cpu}\n\n${legend}\n\n${statements}\n\n${memory}${most}`;
}

/** MiB by process, shared pages by the share, and how long a start takes until it is ready to work. */
function memoryTable({ fresh, together, idle, ready }) {
  const names = Object.keys(together.memory);
  const row = (values, digits) => names.map((name) => values[name]?.toFixed(digits) ?? '');
  return table(
    ['PSS MiB', ...names],
    [
      ['when it has started', ...row(fresh, 0)],
      ['most while booting', ...row(together.memory, 0)],
      ['most when idle again', ...row(idle.memory, 0)],
      ['seconds from start to ready', ...row(ready, 2)],
    ],
  );
}

const mostCalled = ({ rows, count }, top) =>
  rows
    .slice(0, top)
    .map(
      ({ role, query, calls, ms }) =>
        `${short(calls / count).padStart(6)} ${short(ms / calls).padStart(7)} ms  ${role.slice(6).padEnd(14)} ${query.replaceAll(/\s+/g, ' ').slice(0, 160)}`,
    )
    .join('\n');

/** For programs: one line, the same keys in every release. */
export function inOneLine(boots, measured, { fresh, idle, ready }) {
  const each = costs(measured);
  const pairs = {
    boots,
    per_min: (60 * boots) / measured.seconds,
    cpu_ms: (sum(measured.cpu, Object.keys(measured.cpu)) * 1000) / measured.count,
    control_plane_ms: each.cpuMs,
    statements: each.statements,
    writing_tx: each.transactions,
    publishes: each.published,
    deliveries: each.delivered,
    turns: each.turns,
    empty_turns: each.emptyTurns,
    lock_ms: each.turnLockMs,
    pss_mb: sum(measured.memory, serviceNames),
    pss_idle_mb: sum(idle.memory, serviceNames),
    pss_fresh_mb: sum(fresh, serviceNames),
    stack_pss_mb: sum(idle.memory, stack),
    ready_s: Math.max(...Object.values(ready)),
  };
  return Object.entries(pairs)
    .map(([key, value]) => `${key}=${Number(value.toFixed(2))}`)
    .join(' ');
}

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
