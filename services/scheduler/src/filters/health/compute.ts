import type { RequestFilter } from '../filter.js';

/** Passes nodes for which a live, enabled compute service exists (Nova's ComputeFilter). */
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
              ...(host === null ? {} : { detail: `its compute host is ${host}` }),
              change: 'start or enable a compute service (metalcast service list)',
            };
      },
    };
  },
};
