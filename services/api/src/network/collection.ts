import { z } from 'zod';
import type { View } from './network.view.js';

const many = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());

/** Query of a list: `fields`, `limit` and `marker`; what else names an attribute is a filter on it. */
export const collectionQuery = z
  .object({
    fields: many.optional(),
    limit: z.coerce.number().int().positive().optional(),
    marker: z.string().optional(),
  })
  .catchall(many);

export type CollectionQuery = z.output<typeof collectionQuery>;

/** The views that the query asks for, as Neutron's list answers; filters of unknown attributes are ignored. */
export function collection(name: string, views: readonly View[], query: CollectionQuery): object {
  const { fields, limit, marker, ...filters } = query;
  const matching = views.filter((view) => matches(view, filters));
  const from = marker === undefined ? 0 : matching.findIndex(({ id }) => id === marker) + 1;
  const page = matching.slice(from, limit === undefined ? undefined : from + limit);
  return { [name]: page.map((view) => selected(view, fields)) };
}

function matches(view: View, filters: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(filters).every(([key, values]) => {
    const wanted = values as string[];
    if (key === 'fixed_ips') {
      return wanted.every((pair) => hasFixedIp(view, pair));
    }
    return !Object.hasOwn(view, key) || wanted.some((value) => isEqual(view[key], value));
  });
}

function isEqual(actual: unknown, wanted: string): boolean {
  switch (typeof actual) {
    case 'boolean':
      return String(actual) === wanted.toLowerCase();
    case 'string':
    case 'number':
      return String(actual) === wanted;
    default:
      return actual === null && wanted === '';
  }
}

/** `fixed_ips=ip_address=10.0.0.5` or `fixed_ips=subnet_id=UUID`. */
function hasFixedIp(view: View, pair: string): boolean {
  const [key = '', value] = pair.split('=');
  const fixedIps = (view['fixed_ips'] ?? []) as Record<string, unknown>[];
  return fixedIps.some((fixedIp) => fixedIp[key] === value);
}

/** A client sends `fields=('id', 'name')` as one word: what is no attribute selects nothing. */
function selected(view: View, fields: readonly string[] | undefined): View {
  const known = fields?.filter((field) => Object.hasOwn(view, field)) ?? [];
  return known.length === 0 ? view : Object.fromEntries(known.map((field) => [field, view[field]]));
}
