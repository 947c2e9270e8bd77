import { parseJsonQuery } from '@metalcast/domain';
import { hostAttribute } from '../fleet/attributes.js';
import { passAll, type HostFilter } from './filter.js';

/** Passes nodes for which the hint `query` holds (Nova's JsonFilter). Fault QUERY_MALFORMED. */
export const json: HostFilter = {
  name: 'JsonFilter',
  prepare({ hints: { query } }) {
    if (query === undefined) {
      return passAll;
    }
    const condition = parseJsonQuery(query);
    const miss = { reason: `does not meet the query ${condition.text}`, change: 'a wider query' };
    return {
      node: (host) => (condition.matches((path) => hostAttribute(host, path)) ? undefined : miss),
    };
  },
};
