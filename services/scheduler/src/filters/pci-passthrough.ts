import { Fault } from '@metalcast/domain';
import { kindAttribute } from '../fleet/attributes.js';
import { passAll, type HostFilter } from './filter.js';

const key = 'pci_passthrough:alias';

/**
 * Passes nodes that have the PCI devices of extra spec `pci_passthrough:alias=gpu:2,nic:1`, counted by the capability
 * `pci_devices: {gpu: 4}` (Nova's PciPassthroughFilter). Fault EXTRA_SPEC_MALFORMED.
 */
export const pciPassthrough: HostFilter = {
  name: 'PciPassthroughFilter',
  prepare({ flavor }) {
    const text = flavor.extra_specs[key];
    if (text === undefined) {
      return passAll;
    }
    const asked = text.split(',').map((part) => device(part, text));
    return {
      kind(kind) {
        for (const { alias, count } of asked) {
          const has = Number(kindAttribute(kind, ['pci_devices', alias]) ?? 0);
          if (!(has >= count)) {
            return {
              reason: `has too few ${alias} devices (${count} asked)`,
              distance: count - has,
              detail: `${has} of them`,
              change: `a flavor with at most ${has} of them, or the node's capability pci_devices corrected`,
            };
          }
        }
        return undefined;
      },
    };
  },
};

function device(part: string, text: string): { alias: string; count: number } {
  const match = /^\s*([^:\s]+)\s*:\s*(\d+)\s*$/.exec(part);
  if (match === null) {
    throw new Fault('EXTRA_SPEC_MALFORMED', {
      value: `${key}=${text}`,
      reason: 'devices are given as alias:count, separated by commas',
    });
  }
  return { alias: match[1] ?? '', count: Number(match[2]) };
}
