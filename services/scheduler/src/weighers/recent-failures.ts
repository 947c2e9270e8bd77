import type { KindWeigher } from './weigher.js';

/** Avoids nodes on which builds failed lately, the more the worse, while there are others. */
export const recentFailures: KindWeigher = {
  name: 'RecentFailuresWeigher',
  defaultMultiplier: 1,
  prepare: (_, { now, settings: { failureWindowMs } }) => ({
    kind: ({ failures, failedAt }) =>
      failedAt !== null && now - failedAt < failureWindowMs ? -failures : 0,
  }),
};
