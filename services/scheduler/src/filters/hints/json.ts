import { parseJsonQuery, type JsonQuery } from '@metalcast/domain';
import {
  hostAttribute,
  isOfNode,
  kindAttribute,
  type AttributeValue,
} from '../../fleet/attributes.js';
import { passAll, type KindFilter, type Miss } from '../filter.js';

/** Passes nodes for which the hint `query` holds (Nova's JsonFilter). Fault QUERY_MALFORMED. */
export const json: KindFilter = {
  name: 'JsonFilter',
  prepare({ hints: { query } }) {
    if (query === undefined) {
      return passAll;
    }
    const condition = parseJsonQuery(query);
    const reason = `does not meet the query ${condition.text}`;
    const judge = (valueOf: ValueOf): Miss | undefined =>
      condition.matches(valueOf)
        ? undefined
        : { reason, detail: attributes(condition, valueOf), change: 'widen the hint query' };
    return condition.paths.some(isOfNode)
      ? { node: (host) => judge((path) => hostAttribute(host, path)) }
      : { kind: (kind) => judge((path) => kindAttribute(kind, path)) };
  },
};

type ValueOf = (path: readonly string[]) => AttributeValue | undefined;

/** What there is of that which the query asks about. */
const attributes = ({ paths }: JsonQuery, valueOf: ValueOf): string =>
  paths.map((path) => `${path.join('.')} is ${valueOf(path) ?? 'not set'}`).join(', ');
