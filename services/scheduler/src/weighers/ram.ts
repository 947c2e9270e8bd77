import type { KindWeigher } from './weigher.js';

/** Nova's RAMWeigher: prefers the node with the most memory; with a negative multiplier the one with the least. */
export const ram: KindWeigher = {
  name: 'RAMWeigher',
  defaultMultiplier: 0,
  prepare: () => ({ kind: ({ memoryMb }) => memoryMb }),
};
