import { passAll, type RequestFilter } from '../filter.js';

const miss = {
  reason: 'was tried already for this server',
  change: 'create the server anew: that begins without failed tries',
};

/** Passes nodes on which this build has not failed yet (Nova's RetryFilter, per node). */
export const retry: RequestFilter = {
  name: 'RetryFilter',
  prepare({ triedNodes }) {
    const tried = new Set(triedNodes);
    return tried.size === 0
      ? passAll
      : { node: ({ uuid }) => (tried.has(uuid) ? miss : undefined) };
  },
};
