import { label } from '../../fleet/host-state.js';
import type { RequestFilter } from '../filter.js';

/** Passes nodes that are not in quarantine, set by an operator or by too many failed builds. */
export const quarantine: RequestFilter = {
  name: 'QuarantineFilter',
  prepare: () => ({
    node: (host) =>
      host.quarantined
        ? {
            reason: 'is in quarantine',
            detail: host.quarantineReason ?? 'no reason given',
            change: `find out what is wrong, then end its quarantine (metalcast node set ${label(host)} --no-quarantine)`,
          }
        : undefined,
  }),
};
