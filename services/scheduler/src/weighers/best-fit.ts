import { askedSize } from '../request/asked-sizes.js';
import type { KindWeigher } from './weigher.js';

/**
 * Prefers the smallest node that fits: a server takes the whole node, so a larger node is wasted. Nova 2013 took the
 * largest machine for the smallest flavor.
 */
export const bestFit: KindWeigher = {
  name: 'BestFitWeigher',
  defaultMultiplier: 1,
  prepare({ flavor }) {
    const memory = askedSize(flavor, 'MEMORY_MB');
    const vcpus = askedSize(flavor, 'VCPU');
    const gb = askedSize(flavor, 'DISK_GB');
    // A size without demand counts as the smallest demand: of two nodes that are otherwise equal, the smaller one is
    // better.
    const waste = (has: number, asked: number | null): number =>
      (has - Math.max(asked ?? 0, 1)) / Math.max(has, 1);
    return {
      kind: ({ memoryMb, cpus, localGb }) =>
        -(waste(memoryMb, memory) + waste(cpus, vcpus) + waste(localGb, gb)),
    };
  },
};
