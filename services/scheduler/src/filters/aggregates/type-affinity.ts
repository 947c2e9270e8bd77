import type { RequestFilter } from '../filter.js';

/** Passes nodes of hosts that have no server of another flavor (Nova's TypeAffinityFilter). */
export const typeAffinity: RequestFilter = {
  name: 'TypeAffinityFilter',
  prepare: ({ flavor }, { fleet }) => ({
    node(host) {
      const others = fleet.hosts.flavors(host).filter((flavorid) => flavorid !== flavor.flavorid);
      if (others.length === 0) {
        return undefined;
      }
      const named = `${others.length === 1 ? 'flavor' : 'flavors'} ${others.sort().join(', ')}`;
      return {
        reason: 'belongs to a compute host with servers of another flavor',
        distance: others.length,
        detail: named,
        change: `delete the servers of ${named} on its compute host`,
      };
    },
  }),
};
