import { label } from '../../fleet/host-state.js';
import { plural, type KindFilter } from '../filter.js';

/** Lets a node rest on which several builds have failed in a row, for a while after the last one. */
export const recentFailures: KindFilter = {
  name: 'RecentFailuresFilter',
  prepare: (_, { now, settings: { maxFailures, failureWindowMs } }) => ({
    kind({ failures, failedAt }) {
      if (failures < maxFailures || failedAt === null || now - failedAt >= failureWindowMs) {
        return undefined;
      }
      const minutes = Math.ceil((failedAt + failureWindowMs - now) / 60_000);
      return {
        reason: `rests after ${maxFailures} or more failed builds in a row`,
        distance: minutes,
        detail: `${plural(failures, 'build')} failed, ${plural(minutes, 'minute')} to go`,
        change: (host) =>
          `wait ${plural(minutes, 'minute')}, or forget them (metalcast node set ${label(host)} --reset-failures)`,
      };
    },
  }),
};
