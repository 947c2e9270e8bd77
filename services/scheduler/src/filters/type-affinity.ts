import type { HostFilter } from './filter.js';

/** Passes nodes of hosts that have no server of another flavor (Nova's TypeAffinityFilter). */
export const typeAffinity: HostFilter = {
  name: 'TypeAffinityFilter',
  prepare: ({ flavor }, { fleet }) => ({
    node(host) {
      const others = fleet.hosts.flavors(host).filter((flavorid) => flavorid !== flavor.flavorid);
      return others.length === 0
        ? undefined
        : {
            reason: 'belongs to a host with servers of another flavor',
            detail: `flavor ${others.join(', ')}`,
          };
    },
  }),
};
