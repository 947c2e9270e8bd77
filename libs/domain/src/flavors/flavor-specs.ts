import { malformedExtraSpec } from './extra-spec.js';

/**
 * Parsers for extra specs of single scopes. The API uses them before it stores the specs, and the scheduler when it
 * judges. Fault EXTRA_SPEC_MALFORMED, which names the key.
 */

/** `trait:HW_GPU=required` */
export function parseTrait(key: string, value: unknown): 'required' | 'forbidden' {
  if (value !== 'required' && value !== 'forbidden') {
    throw malformedExtraSpec(`${key}=${String(value)}`, 'a trait is required or forbidden');
  }
  return value;
}

const sizes = new Set(['VCPU', 'MEMORY_MB', 'DISK_GB', 'PCPU']);

/** `resources:CUSTOM_GOLD=1`: a node has one of its own class, and any number of sizes (`resources:VCPU=4`). */
export function parseResourceAmount(key: string, value: string): number {
  const isSize = sizes.has(key.slice(key.indexOf(':') + 1));
  if (isSize ? !/^\d{1,9}$/.test(value) : value !== '0' && value !== '1') {
    const reason = isSize
      ? 'a size is a whole number from 0'
      : 'the count of a resource class is 1, or 0';
    throw malformedExtraSpec(`${key}=${value}`, reason);
  }
  return Number(value);
}

/** `pci_passthrough:alias=gpu:2,nic:1`: the number of each device; numbers of a repeated alias are added. */
export function parsePciDevices(key: string, value: string): ReadonlyMap<string, number> {
  const asked = new Map<string, number>();
  for (const part of value.split(',')) {
    const [, alias = '', count] = /^\s*([^:\s]+)\s*:\s*(\d+)\s*$/.exec(part) ?? [];
    if (count === undefined) {
      throw malformedExtraSpec(
        `${key}=${value}`,
        'devices are given as alias:count, separated by commas',
      );
    }
    asked.set(alias, (asked.get(alias) ?? 0) + Number(count));
  }
  return asked;
}
