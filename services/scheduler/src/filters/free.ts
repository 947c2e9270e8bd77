import { unclaimable } from '../fleet/claimable.js';
import type { HostFilter } from './filter.js';

const changes = {
  server: 'delete a server, or enrol another node',
  nic: 'add its network interface (metalcast node set)',
  state: 'wait for the work under way, or repair the node',
};

/** Passes nodes that can be claimed: free, at rest, with a NIC to boot from. Always asked, and last. */
export const free: HostFilter = {
  name: 'NodeFreeFilter',
  prepare: () => ({
    node(host) {
      const reason = unclaimable(host);
      if (reason === undefined) {
        return undefined;
      }
      const change =
        host.instanceUuid !== null
          ? changes.server
          : host.interfaces === 0
            ? changes.nic
            : changes.state;
      return { reason, change };
    },
  }),
};
