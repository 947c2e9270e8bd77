import { ownValue } from '@metalcast/domain';
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { CommandFailure, usageFailure } from '../failure.js';
import { entriesOfCsv } from './enrolment-csv.js';
import type { Entry } from './enrolment-entry.js';
import { entriesOfYaml } from './enrolment-yaml.js';

/** The YAML reader also reads JSON. */
const readers: Readonly<Record<string, (text: string, file: string) => Entry[]>> = {
  '.csv': entriesOfCsv,
  '.json': entriesOfYaml,
  '.yaml': entriesOfYaml,
  '.yml': entriesOfYaml,
};

/** The machines of a file. The file name's extension selects the format. One mistake rejects the whole file. */
export function entriesOf(file: string): Entry[] {
  const reader = ownValue(readers, extname(file).toLowerCase());
  if (reader === undefined) {
    throw usageFailure(`${file} must end in one of ${Object.keys(readers).join(', ')}.`);
  }
  const entries = reader(textOf(file), file);
  if (entries.length === 0) {
    throw new CommandFailure(`${file} names no machine.`);
  }
  return entries;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw new CommandFailure(`Cannot read ${file}.`, { cause: error });
  }
}
