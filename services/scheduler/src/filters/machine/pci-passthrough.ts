import { parsePciDevices } from '@metalcast/domain';
import { kindAttribute } from '../../fleet/attributes.js';
import type { HostKind } from '../../fleet/host-kind.js';
import { listed, passAll, plural, type KindFilter, type Miss } from '../filter.js';

const key = 'pci_passthrough:alias';

/**
 * Passes nodes with the PCI devices of extra spec `pci_passthrough:alias=gpu:2,nic:1`. The capability
 * `pci_devices: {gpu: 4}` gives a node's devices (Nova's PciPassthroughFilter). Fault EXTRA_SPEC_MALFORMED.
 */
export const pciPassthrough: KindFilter = {
  name: 'PciPassthroughFilter',
  prepare({ flavor }) {
    const text = flavor.extra_specs[key];
    if (text === undefined) {
      return passAll;
    }
    const asked = parsePciDevices(key, text);
    return {
      kind(kind) {
        const short = [...asked]
          .map(([alias, count]) => ({ alias, count, has: devicesOf(kind, alias) }))
          .filter(({ count, has }) => has < count);
        return short.length === 0 ? undefined : missOf(short);
      },
    };
  },
};

interface Short {
  readonly alias: string;
  readonly count: number;
  readonly has: number;
}

function missOf(short: readonly Short[]): Miss {
  const reasons = short.map(({ alias, count }) => `too few ${alias} devices (${count} asked)`);
  const flavors = short.map(({ alias, has }) =>
    has > 0 ? `with at most ${plural(has, `${alias} device`)}` : `without ${alias} devices`,
  );
  return {
    reason: `has ${listed(reasons)}`,
    distance: short.reduce((sum, { count, has }) => sum + count - has, 0),
    detail: listed(
      short.map(({ alias, has }) =>
        has > 0 ? plural(has, `${alias} device`) : `no ${alias} device`,
      ),
    ),
    change: `use a flavor ${listed(flavors)}, or correct the node's capability pci_devices`,
  };
}

function devicesOf(kind: HostKind, alias: string): number {
  const count = Number(kindAttribute(kind, ['pci_devices', alias]) ?? 0);
  return Number.isFinite(count) ? count : 0;
}
