import { malformedExtraSpec } from '@metalcast/domain';
import { kindAttribute } from '../fleet/attributes.js';
import { passAll, plural, type HostFilter } from './filter.js';

const key = 'pci_passthrough:alias';

/**
 * Passes nodes that have the PCI devices of extra spec `pci_passthrough:alias=gpu:2,nic:1`, counted by the capability
 * `pci_devices: {gpu: 4}` (Nova's PciPassthroughFilter). One that is named twice is asked for as often as both
 * together. Fault EXTRA_SPEC_MALFORMED.
 */
export const pciPassthrough: HostFilter = {
  name: 'PciPassthroughFilter',
  prepare({ flavor }) {
    const text = flavor.extra_specs[key];
    if (text === undefined) {
      return passAll;
    }
    const asked = devices(text);
    return {
      kind(kind) {
        for (const [alias, count] of asked) {
          const told = Number(kindAttribute(kind, ['pci_devices', alias]) ?? 0);
          const has = Number.isFinite(told) ? told : 0;
          if (has < count) {
            const flavors =
              has > 0
                ? `a flavor with at most ${plural(has, `${alias} device`)}`
                : `a flavor without ${alias} devices`;
            return {
              reason: `has too few ${alias} devices (${count} asked)`,
              distance: count - has,
              detail: has > 0 ? plural(has, `${alias} device`) : `no ${alias} device`,
              change: `use ${flavors}, or correct the node's capability pci_devices`,
            };
          }
        }
        return undefined;
      },
    };
  },
};

/** How many of each alias. */
function devices(text: string): ReadonlyMap<string, number> {
  const asked = new Map<string, number>();
  for (const part of text.split(',')) {
    const [, alias = '', count] = /^\s*([^:\s]+)\s*:\s*(\d+)\s*$/.exec(part) ?? [];
    if (count === undefined) {
      throw malformedExtraSpec(
        `${key}=${text}`,
        'devices are given as alias:count, separated by commas',
      );
    }
    asked.set(alias, (asked.get(alias) ?? 0) + Number(count));
  }
  return asked;
}
