import { CsvError, parse } from 'csv-parse/sync';
import { CommandFailure } from '../failure.js';
import { mistakeIn, type Entry } from './enrolment-entry.js';
import { enrolmentOf } from './enrolment.js';

/** Column → option name of `metalcast node create`, as commander spells it. */
const columns = {
  name: 'name',
  uuid: 'uuid',
  cpus: 'cpus',
  memory_mb: 'memoryMb',
  local_gb: 'localGb',
  mac: 'mac',
  service_host: 'serviceHost',
  availability_zone: 'availabilityZone',
  resource_class: 'resourceClass',
  arch: 'arch',
  rack: 'rack',
  power_feed: 'powerFeed',
  switch: 'switch',
  trait: 'trait',
  root_device: 'rootDevice',
  keep_disk: 'keepDisk',
  capability: 'capability',
  driver: 'driver',
  pm_address: 'pmAddress',
  pm_user: 'pmUser',
  pm_password: 'pmPassword',
  pm_password_file: 'pmPasswordFile',
  pm_option: 'pmOption',
} as const;

type Column = keyof typeof columns;

const lists: readonly string[] = [
  'mac',
  'trait',
  'root_device',
  'keep_disk',
  'capability',
  'pm_option',
];
const numbers: readonly string[] = ['cpus', 'memory_mb', 'local_gb'];

/**
 * One row per machine. The first row names the columns, as the options of `node create`. Semicolons separate the items
 * of a list.
 */
export function entriesOfCsv(text: string, file: string): Entry[] {
  return rowsOf(text, file).map(({ record, line }) => {
    const where = `line ${line}`;
    try {
      return { where, node: enrolmentOf(optionsOf(record)) };
    } catch (error) {
      throw error instanceof CommandFailure ? mistakeIn(file, where, error.message) : error;
    }
  });
}

interface Row {
  readonly record: Readonly<Record<string, string>>;
  readonly line: number;
}

function rowsOf(text: string, file: string): Row[] {
  try {
    const rows = parse(text, {
      columns: (names: string[]) => columnsOf(names, file),
      info: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as { record: Row['record']; info: { lines: number } }[];
    return rows.map(({ record, info }) => ({ record, line: info.lines }));
  } catch (error) {
    if (error instanceof CsvError) {
      const { lines = 1 } = error as { lines?: number };
      throw mistakeIn(file, `line ${lines}`, `${error.message.replace(/ on line \d+$/, '')}.`);
    }
    throw error;
  }
}

function columnsOf(names: readonly string[], file: string): string[] {
  const found = names.map((name) => columnOf(name, file));
  const twice = found.find((column, index) => found.indexOf(column) !== index);
  if (twice !== undefined) {
    throw mistakeIn(file, 'line 1', `the column ${twice} appears twice.`);
  }
  return found;
}

function columnOf(name: string, file: string): string {
  const column = name.toLowerCase().replaceAll('-', '_');
  if (!Object.hasOwn(columns, column)) {
    const known = Object.keys(columns).join(', ');
    throw mistakeIn(file, 'line 1', `unknown column ${name}; known columns: ${known}.`);
  }
  return column;
}

/** An empty field has no value. */
function optionsOf(record: Row['record']): Record<string, unknown> {
  const given = Object.entries(record).filter(([, value]) => value !== '');
  return Object.fromEntries(
    given.map(([column, value]) => [columns[column as Column], valueOf(column, value)]),
  );
}

function valueOf(column: string, value: string): unknown {
  if (numbers.includes(column)) {
    if (!/^[1-9]\d*$/.test(value)) {
      throw new CommandFailure(`${column} must be a whole number above 0: ${value}.`);
    }
    return Number(value);
  }
  if (!lists.includes(column)) {
    return value;
  }
  const items = value.split(';').map((item) => item.trim());
  return items.filter((item) => item !== '');
}
