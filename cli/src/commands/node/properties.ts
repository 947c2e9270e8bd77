import { ownValue } from '@metalcast/domain';
import type { Call } from '../../action.js';
import { usageFailure } from '../../failure.js';

/** The options that have a value, as fields of a request. */
export function givenFields(
  options: Call['options'],
  fields: Readonly<Record<string, string>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields)
      .map(([option, field]) => [field, ownValue(options, option)] as const)
      .filter(([, value]) => value !== undefined),
  );
}

/** Option → field of the request, for the node's properties and places. */
const nodeFields = {
  name: 'name',
  cpus: 'cpus',
  memoryMb: 'memory_mb',
  localGb: 'local_gb',
  serviceHost: 'service_host',
  availabilityZone: 'availability_zone',
  resourceClass: 'resource_class',
  arch: 'cpu_arch',
  rack: 'rack',
  powerFeed: 'power_feed',
  switch: 'switch',
  trait: 'traits',
};

export function propertiesOf(options: Call['options']): Record<string, unknown> {
  const capabilities = options['capability'] as readonly string[] | undefined;
  const rootDevice = options['rootDevice'] as readonly string[] | undefined;
  const keepDisks = options['keepDisk'] as readonly string[] | undefined;
  return {
    ...givenFields(options, nodeFields),
    ...(capabilities === undefined ? {} : { capabilities: keyValues(capabilities) }),
    ...(rootDevice === undefined ? {} : { root_device: hintOf(rootDevice) }),
    ...(keepDisks === undefined
      ? {}
      : { keep_disks: keepDisks.map((marks) => hintOf(marks.split(','))) }),
  };
}

/** Values stay strings: a serial number such as 007 must not become 7. */
function hintOf(pairs: readonly string[]): Record<string, string> {
  const entries = pairs.map((pair): [string, string] => {
    const at = pair.indexOf('=');
    if (at < 1) {
      throw usageFailure(`Must have the form key=value: ${pair}`);
    }
    return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
  });
  const hint = Object.fromEntries(entries);
  if (Object.keys(hint).length < entries.length) {
    throw usageFailure(`Give each key only once: ${pairs.join(' ')}`);
  }
  return hint;
}

/** Parses `cipher_suite=3`. Numbers, true and false become JSON values. */
export function keyValues(pairs: readonly string[]): Record<string, string | number | boolean> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) {
        throw usageFailure(`Must have the form key=value: ${pair}`);
      }
      return [pair.slice(0, at), valueOf(pair.slice(at + 1))];
    }),
  );
}

function valueOf(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^\d+$/.test(text) ? Number(text) : text;
}
