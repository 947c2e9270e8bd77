import type { KindWeigher } from './weigher.js';

/** Prefers the largest node in memory, CPUs and disk; with a negative multiplier the smallest. */
export const freeCapacity: KindWeigher = {
  name: 'FreeCapacityWeigher',
  defaultMultiplier: 0,
  // Logarithms, so that a factor of two counts the same in each of the three.
  prepare: () => ({
    kind: ({ memoryMb, cpus, localGb }) =>
      Math.log2(1 + memoryMb) + Math.log2(1 + cpus) + Math.log2(1 + localGb),
  }),
};
