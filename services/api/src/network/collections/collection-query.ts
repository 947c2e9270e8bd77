import { Prisma } from '@metalcast/db';
import { Fault, ownValue } from '@metalcast/domain';
import { z } from 'zod';
import { pageQuery } from '../../http/requests/page-query.js';
import { queryTexts } from '../../http/requests/query-values.js';
import type { Attribute } from './attributes.js';
import type { View } from './view.js';

const direction = z.enum(['asc', 'desc']);

/** The query of a Neutron list; every other name is a filter on the attribute of that name. */
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
 * The condition of the query's filters. Fault BAD_REQUEST for an unknown attribute: ignoring it would return too many
 * rows.
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
    (ownValue(attributes, name) as Attribute).filter(values as string[]),
  );
  return Prisma.join([Prisma.sql`true`, ...conditions], ' AND ');
}

export interface Sorting {
  readonly sortedBy: readonly string[];
  readonly descending: boolean;
}

/**
 * The order; oldest first by default. Fault BAD_REQUEST for an attribute that cannot be sorted by, and for mixed
 * directions.
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

/** A client sends `fields=('id', 'name')` as one word: unknown fields select nothing. */
export function selected(view: View, fields: readonly string[] | undefined): View {
  const known = fields?.filter((field) => Object.hasOwn(view, field)) ?? [];
  return known.length === 0
    ? view
    : Object.fromEntries(known.map((field) => [field, ownValue(view, field)]));
}
