import { expect, test } from 'vitest';
import { collection, type CollectionQuery } from './collection.js';

const views = [
  { id: '1', name: 'a', shared: true, fixed_ips: [{ ip_address: '10.0.0.2' }] },
  { id: '2', name: 'b', shared: false, fixed_ips: [] },
  { id: '3', name: 'a', shared: false, fixed_ips: [] },
];

test.each([
  [{}, ['1', '2', '3']],
  [{ name: ['a'] }, ['1', '3']],
  [{ name: ['a', 'b'], shared: ['False'] }, ['2', '3']],
  [{ name: ['c'] }, []],
  [{ unknown: ['x'] }, ['1', '2', '3']],
  [{ fixed_ips: ['ip_address=10.0.0.2'] }, ['1']],
  [{ limit: 1 }, ['1']],
  [{ limit: 1, marker: '1' }, ['2']],
  [{ marker: '3' }, []],
] as [CollectionQuery, string[]][])('%o', (query, ids) => {
  const { ports } = collection('ports', views, query) as { ports: { id: string }[] };
  expect(ports.map(({ id }) => id)).toEqual(ids);
});

test('fields that exist are selected; a list of none selects all', () => {
  expect(collection('ports', views.slice(1, 2), { fields: ['id', 'name', 'x'] })).toEqual({
    ports: [{ id: '2', name: 'b' }],
  });
  expect(collection('ports', views.slice(1, 2), { fields: ["('id', 'name')"] })).toEqual({
    ports: [views[1]],
  });
});
