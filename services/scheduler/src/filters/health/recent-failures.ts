import { label } from '../../fleet/host-state.js';
import { plural, type KindFilter } from '../filter.js';

/** Rejects a node for some minutes after several builds in a row have failed on it. */
export const recentFailures: KindFilter = {
  name: 'RecentFailuresFilter',
  prepare: (_, { now, settings: { maxFailures, failureWindowMs } }) => ({
    kind({ failures, failedAt }) {
      if (failures < maxFailures || failedAt === null || now - failedAt >= failureWindowMs) {
        return undefined;
      }
      const minutes = Math.ceil((failedAt + failureWindowMs - now) / 60_000);
      return {
        reason: `has ${maxFailures} or more recent failed builds in a row`,
        distance: minutes,
        detail: `${plural(failures, 'build')} failed, ${plural(minutes, 'minute')} to go`,
        change: (host) =>
          `wait ${plural(minutes, 'minute')}, or forget them (metalcast node set ${label(host)} --reset-failures)`,
      };
    },
  }),
};
