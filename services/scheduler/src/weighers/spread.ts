import type { NodeWeigher } from './weigher.js';

/** Prefers racks of which less is taken (spread); with a negative multiplier those of which more is (pack). */
export const rack: NodeWeigher = {
  name: 'RackWeigher',
  defaultMultiplier: 0,
  prepare: (_, { fleet }) => ({ node: (host) => -fleet.racks.taken(host) }),
};

/** The same by power feed. */
export const powerFeed: NodeWeigher = {
  name: 'PowerFeedWeigher',
  defaultMultiplier: 0,
  prepare: (_, { fleet }) => ({ node: (host) => -fleet.powerFeeds.taken(host) }),
};
