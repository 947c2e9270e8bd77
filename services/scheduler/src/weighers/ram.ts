import type { HostWeigher } from './weigher.js';

/** Nova's RAMWeigher: the node with the most memory, or with a negative multiplier the least. */
export const ram: HostWeigher = {
  name: 'RAMWeigher',
  defaultMultiplier: 0,
  prepare: () => ({ kind: ({ memoryMb }) => memoryMb }),
};
