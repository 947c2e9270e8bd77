import { plural, type RequestFilter } from '../filter.js';

/** Passes nodes of compute hosts that have few nodes under work (Nova's IoOpsFilter, max_io_ops_per_host). */
export const ioOps: RequestFilter = {
  name: 'IoOpsFilter',
  prepare: (_, { fleet, settings: { maxIoOpsPerHost: most } }) => ({
    node(host) {
      const builds = fleet.hosts.builds(host);
      return builds < most
        ? undefined
        : {
            reason: `belongs to a compute host with ${plural(most, 'node')} or more under work`,
            distance: builds - most + 1,
            detail: `${plural(builds, 'node')} under work`,
            change: 'wait until some of them are done, or raise max_io_ops_per_host',
          };
    },
  }),
};
