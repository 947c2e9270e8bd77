import { passAll, type RequestFilter } from './filter.js';

/** Passes every node (Nova's AllHostsFilter). */
export const allHosts: RequestFilter = { name: 'AllHostsFilter', prepare: () => passAll };
