import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { CommandFailure, usageFailure } from '../failure.js';
import { entriesOfCsv } from './enrolment-csv.js';
import type { Entry } from './enrolment-entry.js';
import { entriesOfYaml } from './enrolment-yaml.js';

/** JSON is YAML too. */
const readers: Readonly<Record<string, (text: string, file: string) => Entry[]>> = {
  '.csv': entriesOfCsv,
  '.json': entriesOfYaml,
  '.yaml': entriesOfYaml,
  '.yml': entriesOfYaml,
};

/** The machines of a file, whose form its name tells. Nothing of a file with a mistake is used. */
export function entriesOf(file: string): Entry[] {
  const reader = readers[extname(file).toLowerCase()];
  if (reader === undefined) {
    throw usageFailure(`${file} must be one of ${Object.keys(readers).join(', ')}.`);
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
