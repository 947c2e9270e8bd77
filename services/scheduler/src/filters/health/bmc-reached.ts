import { label } from '../../fleet/host-state.js';
import type { RequestFilter } from '../filter.js';

/** Passes nodes whose power was read at least once: of any other it is not known whether it can be switched. */
export const bmcReached: RequestFilter = {
  name: 'BmcReachedFilter',
  prepare: () => ({
    node: (host) =>
      host.bmcReached
        ? undefined
        : {
            reason: 'has a BMC that was not reached yet',
            change: `see what its BMC answers (metalcast node show ${label(host)}), and correct its address or password`,
          },
  }),
};
