import type { HostFilter } from './filter.js';

/** Passes nodes on which this build has not failed yet (Nova's RetryFilter, per node). */
export const retry: HostFilter = {
  name: 'RetryFilter',
  reject: ({ uuid }, { triedNodes }) =>
    triedNodes.includes(uuid) ? 'was tried already for this server' : undefined,
};
