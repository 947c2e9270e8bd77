import { readFileSync } from 'node:fs';
import { openSession } from '@metalcast/cloud-client';
import { canonicalMac } from '@metalcast/domain';
import type { Call, Run } from '../../action.js';
import { enrolNode } from '../../api/nodes.js';
import { account } from '../../environment.js';
import { CommandFailure, usageFailure } from '../../failure.js';
import { given, keyValues, propertiesOf } from './properties.js';

/** `metalcast node create`: the machine with all its NICs, or nothing. */
export const nodeCreate: Run = async (call) => {
  const enrolment = enrolmentOf(call.options);
  const node = await enrolNode(await openSession(account(call)), enrolment);
  return { text: `enrolled node ${String(node.id)} (${node.uuid})`, data: node };
};

const powerFields = { driver: 'driver', pmAddress: 'address', pmUser: 'user' };

export function enrolmentOf(options: Call['options']): Record<string, unknown> {
  const pmOptions = options['pmOption'] as readonly string[] | undefined;
  const power = {
    ...given(options, powerFields),
    ...passwordOf(options['pmPasswordFile']),
    ...(pmOptions === undefined ? {} : { options: keyValues(pmOptions) }),
  };
  return {
    ...propertiesOf(options),
    ...given(options, { uuid: 'uuid' }),
    interfaces: interfacesOf(options['mac']),
    power,
  };
}

function interfacesOf(macs: unknown): object[] {
  return (macs as readonly string[]).map((text, index) => {
    const address = canonicalMac(text);
    if (address === undefined) {
      throw usageFailure(`${text} is no MAC address.`);
    }
    return { address, pxe: index === 0 };
  });
}

/** From a file or standard input: a password in an argument would be there for all to see. */
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
