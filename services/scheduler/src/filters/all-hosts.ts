import { passAll, type HostFilter } from './filter.js';

/** Passes every node (Nova's AllHostsFilter). */
export const allHosts: HostFilter = { name: 'AllHostsFilter', prepare: () => passAll };
