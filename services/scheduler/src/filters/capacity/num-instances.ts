import { plural, type RequestFilter } from '../filter.js';

/** Passes nodes of compute hosts that have few servers (Nova's NumInstancesFilter, max_instances_per_host). */
export const numInstances: RequestFilter = {
  name: 'NumInstancesFilter',
  prepare: (_, { fleet, settings: { maxInstancesPerHost: most } }) => ({
    node(host) {
      const servers = fleet.hosts.servers(host);
      return servers < most
        ? undefined
        : {
            reason: `belongs to a compute host with ${plural(most, 'server')} or more`,
            distance: servers - most + 1,
            detail: plural(servers, 'server'),
            change: 'raise max_instances_per_host, or enrol the node under another host',
          };
    },
  }),
};
