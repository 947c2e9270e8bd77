import type { KindWeigher } from './weigher.js';

/** Nova's RAMWeigher: the node with the most memory, or with a negative multiplier the least. */
export const ram: KindWeigher = {
  name: 'RAMWeigher',
  defaultMultiplier: 0,
  prepare: () => ({ kind: ({ memoryMb }) => memoryMb }),
};
