import type { NodeWeigher } from './weigher.js';

const neverMs = 10 * 365 * 86_400_000;

/** Prefers the node that was unused longest, so that wear is shared; with a negative multiplier the one used last. */
export const lastUsed: NodeWeigher = {
  name: 'LastUsedWeigher',
  defaultMultiplier: 0,
  // Without the logarithm, one node that was never used would make all others look equal.
  prepare: (_, { now }) => ({
    node: ({ lastUsedAt }) =>
      Math.log2(1 + Math.max(0, now - (lastUsedAt ?? now - neverMs)) / 1000),
  }),
};
