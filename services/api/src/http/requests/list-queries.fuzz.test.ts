// Whatever a list is asked for: what is not understood is refused, for else the list would be wider than was asked for.
import { Fault } from '@metalcast/domain';
import { hostileName, hostileText, objectOf } from '@metalcast/testing/hostile';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listServers } from '../../compute/servers/servers.schema.js';
import { listQuery } from '../../image/images/image-list.js';
import {
  collectionQuery,
  filterOf,
  selected,
  sortingOf,
} from '../../network/collections/collection-query.js';
import { networkList } from '../../network/collections/network-lists.js';
import { parseWith } from './zod-pipe.js';

const text = fc.oneof(hostileText, fc.constantFrom('asc', 'desc', 'name', '1', 'true'));
const queryOf = (...names: readonly string[]): fc.Arbitrary<object> =>
  fc
    .array(
      fc.tuple(
        fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...names) }, hostileName()),
        fc.oneof({ weight: 4, arbitrary: text }, fc.array(text, { minLength: 2, maxLength: 4 })),
      ),
      { maxLength: 4 },
    )
    .map(objectOf);

function read<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    expect(error).toBeInstanceOf(Fault);
    expect(error).toMatchObject({ code: 'BAD_REQUEST' });
    return undefined;
  }
}

const { attributes } = networkList;

test('each word of a query for networks narrows, orders or cuts the list, or is refused', () => {
  const asked = queryOf(
    'fields',
    'limit',
    'marker',
    'sort_key',
    'sort_dir',
    'name',
    'shared',
    'id',
  );
  let accepted = 0;
  fc.assert(
    fc.property(asked, (query) => {
      const parsed = read(() => parseWith(collectionQuery, query));
      const filter = parsed && read(() => filterOf(attributes, parsed));
      if (parsed === undefined || filter === undefined) return;
      accepted += 1;
      const filters = Object.keys(query).filter((name) => Object.hasOwn(attributes, name));
      expect(Object.keys(parsed).sort()).toEqual(Object.keys(query).sort());
      expect(filter.text.split(' AND ').length).toBeGreaterThanOrEqual(1 + filters.length);
      const sorting = read(() => sortingOf(attributes, parsed));
      for (const column of sorting?.sortedBy ?? []) {
        expect(column).toMatch(/^[a-z_.]+$/);
      }
      const view = { id: '1', name: 'a' };
      expect(view).toMatchObject(selected(view, parsed.fields));
    }),
    { numRuns: 1_000 },
  );
  expect(accepted).toBeGreaterThan(50);
});

test.each([
  ['images', listQuery, ['limit', 'marker', 'sort', 'size_min', 'tag', 'protected', 'colour']],
  ['servers', listServers, ['name', 'limit', 'power_state', 'changes-since', 'all_tenants']],
] as const)('no word of a query for %s is passed over', (_, schema, names) => {
  let accepted = 0;
  fc.assert(
    fc.property(queryOf(...names), (query) => {
      const parsed = read(() => parseWith(schema, query));
      if (parsed === undefined) return;
      accepted += 1;
      for (const name of Object.keys(query)) {
        expect(Object.keys(parsed)).toContain(name);
      }
      const { limit } = parsed;
      expect(limit === undefined || (Number.isSafeInteger(limit) && limit >= 0)).toBe(true);
    }),
    { numRuns: 1_000 },
  );
  expect(accepted).toBeGreaterThan(50);
});
