import { diskGb } from '../request/placement-request.js';
import type { HostWeigher } from './weigher.js';

/**
 * Prefers the smallest node that fits: whatever is larger than the flavor is wasted, since a server takes the
 * whole node. Nova 2013 took the largest machine for the smallest flavor.
 */
export const bestFit: HostWeigher = {
  name: 'BestFitWeigher',
  defaultMultiplier: 1,
  prepare({ flavor }) {
    const gb = diskGb(flavor);
    // What is not asked for counts as the least there is: of two nodes that are alike else, the smaller one is better.
    const waste = (has: number, asked: number): number =>
      (has - Math.max(asked, 1)) / Math.max(has, 1);
    return {
      kind: ({ memoryMb, cpus, localGb }) =>
        -(waste(memoryMb, flavor.memory_mb) + waste(cpus, flavor.vcpus) + waste(localGb, gb)),
    };
  },
};
