import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { envName, fileName, type ConfigOf, type OptionTable } from './option.js';

/** Every bad option at once, each on its line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export interface Sources {
  /** Path of a YAML file; its keys are the options' snake_case names. */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The configuration: default, then file, then environment, the last one wins. Frozen.
 * An option NAME may also be given as NAME_FILE (environment) or name_file (file): the path of a file
 * whose trimmed content is the value. Secrets belong there.
 */
export function loadConfig<const T extends OptionTable>(table: T, sources: Sources): ConfigOf<T> {
  const fromFile = readConfigFile(sources.file);
  const problems = unknownKeys(table, fromFile);
  const config = new Map<string, unknown>();
  for (const [name, declared] of Object.entries(table)) {
    try {
      const raw = rawValue(name, envName(name, declared), fromFile, sources.env);
      const parsed = declared.schema.safeParse(raw);
      if (parsed.success) {
        config.set(name, parsed.data);
      } else {
        const why = parsed.error.issues.map(({ message }) => message).join('; ');
        problems.push(
          `${fileName(name)} (${envName(name, declared)}): ${raw === undefined ? 'must be given' : why}`,
        );
      }
    } catch (error) {
      problems.push(`${fileName(name)}: ${(error as Error).message}`);
    }
  }
  if (problems.length > 0) {
    throw new ConfigError(`Bad configuration:\n${problems.map((line) => `  ${line}`).join('\n')}`);
  }
  return Object.freeze(Object.fromEntries(config)) as ConfigOf<T>;
}

function rawValue(
  name: string,
  variable: string,
  fromFile: Readonly<Record<string, unknown>>,
  env: Sources['env'],
): unknown {
  const key = fileName(name);
  const [fromEnv, envFile] = [own(env, variable), own(env, `${variable}_FILE`)];
  if (fromEnv !== undefined && fromEnv !== '') {
    return fromEnv;
  }
  if (envFile !== undefined && envFile !== '') {
    return readFileSync(envFile, 'utf8').trim();
  }
  const [value, path] = [own(fromFile, key), own(fromFile, `${key}_file`)];
  if (value !== undefined) {
    return value;
  }
  return typeof path === 'string' ? readFileSync(path, 'utf8').trim() : undefined;
}

const own = <T>(values: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(values, key) ? values[key] : undefined;

function readConfigFile(path: string | undefined): Record<string, unknown> {
  if (path === undefined) {
    return {};
  }
  let content: unknown;
  try {
    content = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigError(
      `Cannot read the configuration file ${path}: ${(error as Error).message}`,
    );
  }
  if (content === null || content === undefined) {
    return {};
  }
  if (typeof content !== 'object' || Array.isArray(content)) {
    throw new ConfigError(`${path} must hold "name: value" lines`);
  }
  return content as Record<string, unknown>;
}

/** A misspelt option must not be ignored. */
function unknownKeys(table: OptionTable, content: Readonly<Record<string, unknown>>): string[] {
  const known = new Set(
    Object.keys(table).flatMap((name) => [fileName(name), `${fileName(name)}_file`]),
  );
  return Object.keys(content)
    .filter((key) => !known.has(key))
    .map((key) => `${key}: unknown option`);
}
