import type { NodeWeigher } from './weigher.js';

/** Prefers racks with a smaller share of used nodes (spread); with a negative multiplier a larger share (pack). */
export const rack: NodeWeigher = {
  name: 'RackWeigher',
  defaultMultiplier: 0,
  prepare: (_, { fleet }) => ({ node: (host) => -fleet.racks.taken(host) }),
};

/** Like `rack`, by power feed. */
export const powerFeed: NodeWeigher = {
  name: 'PowerFeedWeigher',
  defaultMultiplier: 0,
  prepare: (_, { fleet }) => ({ node: (host) => -fleet.powerFeeds.taken(host) }),
};
