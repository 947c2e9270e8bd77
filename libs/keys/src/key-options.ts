import { envName, option, type Option } from '@metalcast/config';
import { z } from 'zod';
import { keyFiles, type KeyFileRow, type KeyName } from './key-holders.js';
import { keyPath } from './key-folder.js';
import type { KeyHolder } from './key-set.js';

type OptionName<N extends KeyName> = `${N}KeyFile`;
type KeyOptions<N extends KeyName> = { readonly [K in N as OptionName<K>]: Option<z.ZodString> };

/** What a service is given of keys: those whose files it has options for. */
export type KeysOf<T> = {
  readonly [N in KeyName as OptionName<N> extends keyof T ? N : never]: KeyHolder;
};

export const keyOptionName = <N extends KeyName>(name: N): OptionName<N> => `${name}KeyFile`;

/** An option for each file with keys that a service needs: its path, for the file is read again when it changes. */
export const keyOptions = <const N extends KeyName>(...names: readonly N[]): KeyOptions<N> =>
  Object.fromEntries(names.map((name) => [keyOptionName(name), pathOption(name)])) as KeyOptions<N>;

/** The variable that names the file to a service. */
export const keyVariable = (name: KeyName): string =>
  envName(keyOptionName(name), pathOption(name));

/** The variables of a service whose keys lie in the folder. */
export const keyEnvironment = (service: string, folder: string): Record<string, string> =>
  Object.fromEntries(
    (Object.entries(keyFiles) as [KeyName, KeyFileRow][])
      .filter(([, { services }]) => services.includes(service))
      .map(([name]) => [keyVariable(name), keyPath(folder, name)]),
  );

const pathOption = (name: KeyName): Option<z.ZodString> =>
  option(
    z.string().describe(`File with the key that ${keyFiles[name].use} (${keyFiles[name].file})`),
  );
