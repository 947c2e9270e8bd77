import { Fault } from '@metalcast/domain';
import { expect, test } from 'vitest';
import { collectionQuery, filterOf, selected, sortingOf } from './collection-query.js';
import { networkList, portList } from './network-lists.js';

const { attributes } = portList;
const of = (query: object) => collectionQuery.parse(query);

test('what names an attribute is a filter, on values that are never part of the text', () => {
  const { text, values } = filterOf(
    attributes,
    of({ name: ["a'", 'b'], limit: '5', fields: 'id' }),
  );
  expect(text).toBe('true AND name = ANY ($1::text[])');
  expect(values).toEqual([["a'", 'b']]);
});

test.each([
  [{ shared: 'True' }, 'true AND shared::text = ANY ($1::text[])'],
  [{ status: 'ACTIVE' }, 'true AND true'],
  [{ status: 'DOWN' }, 'true AND false'],
  [{ 'router:external': 'False' }, 'true AND true'],
  [{ tags: 'x' }, 'true AND false'],
  [{ 'provider:segmentation_id': '' }, 'true AND true'],
])('networks by %j', (query, text) => {
  expect(filterOf(networkList.attributes, of(query)).text).toBe(text);
});

test.each([
  ['True', 'true'],
  ['1', 'true'],
  ['0', 'false'],
])('networks that are shared: %s', (word, value) => {
  expect(filterOf(networkList.attributes, of({ shared: word })).values).toEqual([[value]]);
  const external = value === 'false' ? 'true AND true' : 'true AND false';
  expect(filterOf(networkList.attributes, of({ 'router:external': word })).text).toBe(external);
});

test.each(['shared', 'router:external'])('%s by a word that is no boolean', (name) => {
  expect(() => filterOf(networkList.attributes, of({ [name]: 'maybe' }))).toThrow(
    "'maybe' cannot be converted to boolean.",
  );
});

test('a uuid that is none matches nothing, and is no error of the database', () => {
  expect(filterOf(attributes, of({ id: 'x' })).values).toEqual([[]]);
});

test.each([
  [
    { fixed_ips: ['ip_address=10.0.0.2', 'subnet_id=x'] },
    /ip_address = ANY .* AND subnet_id = ANY/,
  ],
  [{ fixed_ips: 'colour=red' }, /^true AND false$/],
])('ports by %j', (query, text) => {
  expect(filterOf(attributes, of(query)).text).toMatch(text);
});

test.each(['colour', 'constructor'])('%s is no attribute', (name) => {
  expect(() => filterOf(attributes, of({ [name]: 'x' }))).toThrow(Fault);
});

test.each([
  [{}, ['created_at'], false],
  [{ sort_key: 'name' }, ['name'], false],
  [{ sort_key: ['name', 'id'], sort_dir: ['desc', 'desc'] }, ['name', 'id'], true],
])('%j sorts by %j', (query, sortedBy, descending) => {
  expect(sortingOf(attributes, of(query))).toEqual({ sortedBy, descending });
});

test.each([
  [{ sort_key: 'colour' }, /^Cannot sort by colour; there are id, name, /],
  [{ sort_key: 'fixed_ips' }, /^Cannot sort by fixed_ips/],
  [{ sort_key: ['name', 'id'], sort_dir: ['asc', 'desc'] }, /^sort_dir must be the same/],
])('%j is no order', (query, message) => {
  expect(() => sortingOf(attributes, of(query))).toThrow(
    expect.objectContaining({
      code: 'BAD_REQUEST',
      details: { reason: expect.stringMatching(message) as string },
    }),
  );
});

test('fields that exist are selected; a list of none selects all', () => {
  const view = { id: '2', name: 'b' };
  expect(selected(view, ['id', 'x'])).toEqual({ id: '2' });
  expect(selected(view, ["('id', 'name')"])).toEqual(view);
  expect(selected(view, undefined)).toEqual(view);
});
