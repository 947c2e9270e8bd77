import type { RequestFilter } from '../filter.js';

/** Passes nodes whose operations a live, enabled compute service can run (Nova's ComputeFilter). */
export const compute: RequestFilter = {
  name: 'ComputeFilter',
  prepare(_, { problems }) {
    return {
      node({ host }) {
        const problem = problems(host);
        return problem === undefined
          ? undefined
          : {
              reason: problem,
              change: 'start or enable a compute service (metalcast service list)',
            };
      },
    };
  },
};
