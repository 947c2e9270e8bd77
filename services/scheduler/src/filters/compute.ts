import type { HostFilter } from './filter.js';

/** Passes nodes whose operations a live, enabled compute service can run (Nova's ComputeFilter). */
export const compute: HostFilter = {
  name: 'ComputeFilter',
  reject: ({ computeProblem }) => computeProblem,
};
