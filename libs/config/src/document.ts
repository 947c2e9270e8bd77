import type { z } from 'zod';
import { envName, fileName, type Option, type OptionTable } from './option.js';

export interface OptionDoc {
  readonly name: string;
  readonly env: string;
  /** JSON text of the default; undefined when the option must be given. */
  readonly defaultValue: string | undefined;
  readonly description: string;
  readonly secret: boolean;
}

export function describeOptions(table: OptionTable): OptionDoc[] {
  return Object.entries(table).map(([name, declared]) => ({
    name: fileName(name),
    env: envName(name, declared),
    defaultValue: defaultOf(declared),
    description: descriptionOf(declared.schema),
    secret: declared.secret === true,
  }));
}

function defaultOf({ schema, secret }: Option): string | undefined {
  const parsed = schema.safeParse(undefined);
  if (!parsed.success) {
    return undefined;
  }
  if (secret === true) {
    return '""';
  }
  return parsed.data === undefined ? 'none' : JSON.stringify(parsed.data);
}

/** A description may sit on the option's schema or on the one inside its default. */
function descriptionOf(schema: z.ZodType): string {
  if (schema.description !== undefined) {
    return schema.description;
  }
  const inner = (schema as { def?: { innerType?: z.ZodType } }).def?.innerType;
  return inner === undefined ? '' : descriptionOf(inner);
}

/** The text of `--help`. */
export function helpText(program: string, about: string, table: OptionTable): string {
  const lines = describeOptions(table).flatMap(({ name, env, defaultValue, description }) => [
    `  ${name}`,
    `      ${description}`,
    `      environment ${env} or ${env}_FILE; ${defaultValue === undefined ? 'must be given' : `default ${defaultValue}`}`,
  ]);
  return [
    about,
    '',
    `Usage: node ${program} [--config FILE] [--help] [--version]`,
    '',
    'Options, in a YAML file as "name: value" or from the environment, which wins:',
    '',
    ...lines,
    '',
  ].join('\n');
}
