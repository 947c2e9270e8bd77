import type { KindWeigher } from './weigher.js';

/** Avoids nodes with recently failed builds; more failures weigh more. */
export const recentFailures: KindWeigher = {
  name: 'RecentFailuresWeigher',
  defaultMultiplier: 1,
  prepare: (_, { now, settings: { failureWindowMs } }) => ({
    kind: ({ failures, failedAt }) =>
      failedAt !== null && now - failedAt < failureWindowMs ? -failures : 0,
  }),
};
