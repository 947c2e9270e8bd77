import { Prisma } from '@metalcast/db';
import { Fault } from '@metalcast/domain';
import { z } from 'zod';
import { pageQuery } from '../http/page-query.js';
import { queryTexts } from '../http/query-values.js';
import type { Attribute } from './attributes.js';
import type { View } from './network.view.js';

const direction = z.enum(['asc', 'desc']);

/** Query of a list of Neutron's; what else names an attribute is a filter on it. */
export const collectionQuery = z
  .object({
    fields: queryTexts.optional(),
    ...pageQuery,
    sort_key: queryTexts.optional(),
    sort_dir: queryTexts.pipe(z.array(direction)).optional(),
  })
  .catchall(queryTexts);

export type CollectionQuery = z.output<typeof collectionQuery>;

export type Attributes = Readonly<Record<string, Attribute>>;

const noFilters = new Set(Object.keys(collectionQuery.shape));

/**
 * Rows that the query's filters let through. Fault BAD_REQUEST for what is no attribute: the list would be wider than
 * was asked for.
 */
export function filterOf(attributes: Attributes, query: CollectionQuery): Prisma.Sql {
  const filters = Object.entries(query).filter(([name]) => !noFilters.has(name));
  const unknown = filters.find(([name]) => !Object.hasOwn(attributes, name));
  if (unknown !== undefined) {
    throw new Fault('BAD_REQUEST', {
      reason: `'${unknown[0]}' is no attribute to filter by; there are ${Object.keys(attributes).join(', ')}.`,
    });
  }
  const conditions = filters.map(([name, values]) =>
    (attributes[name] as Attribute).filter(values as string[]),
  );
  return Prisma.join([Prisma.sql`true`, ...conditions], ' AND ');
}

export interface Sorting {
  readonly sortedBy: readonly string[];
  readonly descending: boolean;
}

/**
 * Oldest first when nothing is said. Fault BAD_REQUEST for an attribute, or a mixture of directions, that the list
 * cannot be sorted by.
 */
export function sortingOf(attributes: Attributes, query: CollectionQuery): Sorting {
  const { sort_key: keys = ['created_at'], sort_dir: directions = [] } = query;
  const columns = keys.map((key) => {
    const column = Object.hasOwn(attributes, key) ? attributes[key]?.sortColumn : undefined;
    if (column === undefined) {
      const known = Object.entries(attributes).filter(([, one]) => one.sortColumn !== undefined);
      const names = known.map(([name]) => name).join(', ');
      const reason = `Cannot sort by ${key}; there are ${names}.`;
      throw new Fault('BAD_REQUEST', { reason });
    }
    return column;
  });
  const [first = 'asc'] = directions;
  if (directions.length > keys.length || directions.some((one) => one !== first)) {
    const reason = 'sort_dir must be the same for each sort_key, and given at most once for each.';
    throw new Fault('BAD_REQUEST', { reason });
  }
  return { sortedBy: columns, descending: first === 'desc' };
}

/** A client sends `fields=('id', 'name')` as one word: what is no attribute selects nothing. */
export function selected(view: View, fields: readonly string[] | undefined): View {
  const known = fields?.filter((field) => Object.hasOwn(view, field)) ?? [];
  return known.length === 0 ? view : Object.fromEntries(known.map((field) => [field, view[field]]));
}
