import { readFileSync } from 'node:fs';
import type { Call } from '../../action.js';
import { CommandFailure } from '../../failure.js';
import { givenFields, keyValues } from './properties.js';

const powerFields = { driver: 'driver', pmAddress: 'address', pmUser: 'user' };

/** The BMC options as fields of the request's `power`. Only a file or standard input can give the password. */
export function powerOf(options: Call['options']): Record<string, unknown> {
  const pmOptions = options['pmOption'] as readonly string[] | undefined;
  return {
    ...givenFields(options, powerFields),
    ...givenFields(options, { pmPassword: 'password' }),
    ...passwordOf(options['pmPasswordFile']),
    ...(pmOptions === undefined ? {} : { options: keyValues(pmOptions) }),
  };
}

/** Reads a file or standard input: other users of the host can see a password in an argument. */
function passwordOf(file: unknown): { password?: string } {
  if (typeof file !== 'string') {
    return {};
  }
  try {
    return { password: readFileSync(file === '-' ? 0 : file, 'utf8').replace(/\r?\n$/, '') };
  } catch (error) {
    throw new CommandFailure(`Cannot read the password file ${file}.`, { cause: error });
  }
}
