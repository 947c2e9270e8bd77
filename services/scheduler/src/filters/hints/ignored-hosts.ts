import { hostName } from '../../fleet/host-state.js';
import { passAll, type RequestFilter } from '../filter.js';

const miss = {
  reason: 'is on a host that the request leaves out',
  change: 'take its host out of ignore_hosts',
};

/**
 * Passes nodes of hosts that the caller does not leave out (ignore_hosts of Nova's filter_properties). Always asked.
 */
export const ignoredHosts: RequestFilter = {
  name: 'IgnoredHostsFilter',
  prepare({ ignoredHosts: names }) {
    return names.length === 0
      ? passAll
      : { node: (host) => (names.includes(hostName(host)) ? miss : undefined) };
  },
};
