import { readFileSync } from 'node:fs';
import { canonicalMac } from '@metalcast/domain';
import type { Call, Run } from '../../action.js';
import { openSession } from '../../api/session.js';
import { account } from '../../environment.js';
import { CommandFailure, usageFailure } from '../../failure.js';

/** `metalcast node create`: enrols by the OpenStack extension; further NICs are added one by one. */
export const nodeCreate: Run = async (call) => {
  const { options } = call;
  const [first = '', ...others] = macsOf(options['mac']);
  const body = { ...enrolment(options), prov_mac_address: first, ...passwordOf(options) };
  const session = await openSession(account(call));
  const answer = await session.request('compute', 'POST', '/os-baremetal-nodes', { node: body });
  const { node } = answer as { node: { id: number } };
  const path = `/os-baremetal-nodes/${String(node.id)}`;
  for (const address of others) {
    await session.request('compute', 'POST', `${path}/action`, { add_interface: { address } });
  }
  const made =
    others.length === 0
      ? node
      : ((await session.request('compute', 'GET', path)) as { node: object }).node;
  return { text: `enrolled node ${String(node.id)}`, data: made };
};

/** Option → field of the request. */
const fields: Readonly<Record<string, string>> = {
  cpus: 'cpus',
  memoryMb: 'memory_mb',
  localGb: 'local_gb',
  name: 'name',
  uuid: 'uuid',
  driver: 'power_driver',
  pmAddress: 'pm_address',
  pmUser: 'pm_user',
  serviceHost: 'service_host',
  availabilityZone: 'availability_zone',
  resourceClass: 'resource_class',
  arch: 'cpu_arch',
};

export function enrolment(options: Call['options']): Record<string, unknown> {
  const given = Object.entries(fields).filter(([name]) => options[name] !== undefined);
  const pmOptions = options['pmOption'] as string[] | undefined;
  return {
    ...Object.fromEntries(given.map(([name, field]) => [field, options[name]])),
    ...(pmOptions === undefined ? {} : { pm_options: keyValues(pmOptions) }),
  };
}

export function macsOf(given: unknown): string[] {
  return (given as string[]).map((text) => {
    const mac = canonicalMac(text);
    if (mac === undefined) {
      throw usageFailure(`${text} is no MAC address.`);
    }
    return mac;
  });
}

/** `cipher_suite=3` → a number where it reads as one. */
export function keyValues(pairs: readonly string[]): Record<string, string | number> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) {
        throw usageFailure(`An option must read key=value, not ${pair}.`);
      }
      const value = pair.slice(at + 1);
      return [pair.slice(0, at), /^\d+$/.test(value) ? Number(value) : value];
    }),
  );
}

/** From a file or standard input: a password in an argument would be there for all to see. */
function passwordOf({ pmPasswordFile: file }: Call['options']): { pm_password?: string } {
  if (typeof file !== 'string') {
    return {};
  }
  try {
    return { pm_password: readFileSync(file === '-' ? 0 : file, 'utf8').replace(/\r?\n$/, '') };
  } catch (error) {
    throw new CommandFailure(`Cannot read the password file ${file}.`, { cause: error });
  }
}
