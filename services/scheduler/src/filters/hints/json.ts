import { parseJsonQuery, type JsonQuery } from '@metalcast/domain';
import {
  hostAttribute,
  isOfNode,
  kindAttribute,
  type AttributeValue,
} from '../../fleet/attributes.js';
import { passAll, type KindFilter, type Miss } from '../filter.js';

/** Passes nodes that meet the hint `query` (Nova's JsonFilter). Fault QUERY_MALFORMED. */
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

/** The node's values of the attributes in the query. */
const attributes = ({ paths }: JsonQuery, valueOf: ValueOf): string =>
  paths.map((path) => `${path.join('.')} is ${valueOf(path) ?? 'not set'}`).join(', ');
