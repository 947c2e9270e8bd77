import { diskGb } from '../request-spec.js';
import type { HostWeigher } from './weigher.js';

/**
 * Prefers the smallest node that fits: whatever is larger than the flavor is wasted, since a server takes the
 * whole node. Nova 2013 took the largest machine for the smallest flavor.
 */
export const bestFit: HostWeigher = {
  name: 'BestFitWeigher',
  weigh(host, { flavor }) {
    const waste = (has: number, asked: number): number => (has - asked) / Math.max(has, 1);
    return -(
      waste(host.memoryMb, flavor.memory_mb) +
      waste(host.cpus, flavor.vcpus) +
      waste(host.localGb, diskGb(flavor))
    );
  },
};
