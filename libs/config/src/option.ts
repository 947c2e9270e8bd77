import { z } from 'zod';

/** One option: its schema (with default and description), and where else it may come from. */
export interface Option<S extends z.ZodType = z.ZodType> {
  readonly schema: S;
  /** Environment variable, when it is not METALCAST_<NAME>. */
  readonly env?: string;
  /** Never printed. */
  readonly secret?: true;
}

export type OptionTable = Readonly<Record<string, Option>>;

export type ConfigOf<T extends OptionTable> = { readonly [K in keyof T]: z.output<T[K]['schema']> };

/** Declares an option. The schema's `.describe()` is its help text. */
export function option<S extends z.ZodType>(
  schema: S,
  extra: { env?: string; secret?: true } = {},
): Option<S> {
  return { schema, ...extra };
}

/** `rpcTimeoutMs` → `rpc_timeout_ms`, the name in a configuration file. */
export const fileName = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export const envName = (name: string, { env }: Option): string =>
  env ?? `METALCAST_${fileName(name).toUpperCase()}`;

/** Numbers and booleans arrive from the environment as text. */
export const integer = (): z.ZodPreprocess<z.ZodInt> =>
  z.preprocess(
    (value) => (typeof value === 'string' && value !== '' ? Number(value) : value),
    z.int(),
  );

export const number = (): z.ZodPreprocess<z.ZodNumber> =>
  z.preprocess(
    (value) => (typeof value === 'string' && value !== '' ? Number(value) : value),
    z.number(),
  );

export const flag = (): z.ZodPreprocess<z.ZodBoolean> =>
  z.preprocess(
    (value) => (value === 'true' ? true : value === 'false' ? false : value),
    z.boolean(),
  );

/** A comma-separated list in the environment, a list in a file. */
export const list = (): z.ZodPreprocess<z.ZodArray<z.ZodString>> =>
  z.preprocess(
    (value) =>
      typeof value === 'string'
        ? value
            .split(',')
            .map((item) => item.trim())
            .filter((item) => item !== '')
        : value,
    z.array(z.string()),
  );
