import { parseJsonQuery, type JsonQuery } from '@metalcast/domain';
import { hostAttribute } from '../fleet/attributes.js';
import type { HostState } from '../fleet/host-state.js';
import { passAll, type HostFilter } from './filter.js';

/** Passes nodes for which the hint `query` holds (Nova's JsonFilter). Fault QUERY_MALFORMED. */
export const json: HostFilter = {
  name: 'JsonFilter',
  prepare({ hints: { query } }) {
    if (query === undefined) {
      return passAll;
    }
    const condition = parseJsonQuery(query);
    const reason = `does not meet the query ${condition.text}`;
    return {
      node: (host) =>
        condition.matches((path) => hostAttribute(host, path))
          ? undefined
          : { reason, detail: attributesOf(host, condition), change: 'widen the hint query' },
    };
  },
};

/** What the node has of that which the query asks about. */
const attributesOf = (host: HostState, { paths }: JsonQuery): string =>
  paths.map((path) => `${path.join('.')} is ${hostAttribute(host, path) ?? 'not set'}`).join(', ');
