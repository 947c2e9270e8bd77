import { hostName } from '../../fleet/host-state.js';
import { passAll, type RequestFilter } from '../filter.js';

const miss = {
  reason: 'is on a host that the request ignores',
  change: 'take its host out of ignore_hosts',
};

/** Passes nodes whose host is not in the caller's ignore_hosts (Nova's filter_properties). Always active. */
export const ignoredHosts: RequestFilter = {
  name: 'IgnoredHostsFilter',
  prepare({ ignoredHosts: names }) {
    return names.length === 0
      ? passAll
      : { node: (host) => (names.includes(hostName(host)) ? miss : undefined) };
  },
};
