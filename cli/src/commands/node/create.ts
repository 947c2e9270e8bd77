import { readFileSync } from 'node:fs';
import { openSession } from '@metalcast/cloud-client';
import { canonicalMac } from '@metalcast/domain';
import type { Call, Run } from '../../action.js';
import { enrolNode } from '../../api/nodes.js';
import { account } from '../../environment.js';
import { CommandFailure, usageFailure } from '../../failure.js';

/** `metalcast node create`: the machine with all its NICs, or nothing. */
export const nodeCreate: Run = async (call) => {
  const enrolment = enrolmentOf(call.options);
  const node = await enrolNode(await openSession(account(call)), enrolment);
  return { text: `enrolled node ${String(node.id)} (${node.uuid})`, data: node };
};

/** Option → field of the request. */
const nodeFields = {
  name: 'name',
  uuid: 'uuid',
  cpus: 'cpus',
  memoryMb: 'memory_mb',
  localGb: 'local_gb',
  serviceHost: 'service_host',
  availabilityZone: 'availability_zone',
  resourceClass: 'resource_class',
  arch: 'cpu_arch',
};
const powerFields = { driver: 'driver', pmAddress: 'address', pmUser: 'user' };

export function enrolmentOf(options: Call['options']): Record<string, unknown> {
  const pmOptions = options['pmOption'] as readonly string[] | undefined;
  const power = {
    ...given(options, powerFields),
    ...passwordOf(options['pmPasswordFile']),
    ...(pmOptions === undefined ? {} : { options: keyValues(pmOptions) }),
  };
  return { ...given(options, nodeFields), interfaces: interfacesOf(options['mac']), power };
}

function given(
  options: Call['options'],
  fields: Readonly<Record<string, string>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([option]) => options[option] !== undefined)
      .map(([option, field]) => [field, options[option]]),
  );
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

/** `cipher_suite=3`: numbers, true and false are taken for what they read as. */
function keyValues(pairs: readonly string[]): Record<string, string | number | boolean> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) {
        throw usageFailure(`A driver option must read key=value, not ${pair}.`);
      }
      return [pair.slice(0, at), valueOf(pair.slice(at + 1))];
    }),
  );
}

function valueOf(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^\d+$/.test(text) ? Number(text) : text;
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
