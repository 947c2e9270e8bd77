import { passAll, type RequestFilter } from '../filter.js';

const miss = {
  reason: 'was tried already for this server',
  change: 'delete the server and create it again: a new server has no failed attempts',
};

/** Passes nodes on which this build has not failed yet (Nova's RetryFilter, but per node). */
export const retry: RequestFilter = {
  name: 'RetryFilter',
  prepare({ triedNodes }) {
    const tried = new Set(triedNodes);
    return tried.size === 0
      ? passAll
      : { node: ({ uuid }) => (tried.has(uuid) ? miss : undefined) };
  },
};
