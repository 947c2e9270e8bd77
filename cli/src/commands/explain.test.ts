import { expect, test } from 'vitest';
import { judgementTable, explainRequestOf } from './explain.js';

test.each<[object, object]>([
  [{ flavor: 'small', nodes: true }, { flavor: 'small' }],
  [{ server: 's' }, { server: 's' }],
  [
    { flavor: 'f', image: 'i', zone: 'az::n', project: 'p' },
    { flavor: 'f', image: 'i', availability_zone: 'az::n', project_id: 'p' },
  ],
  [
    { flavor: 'f', hint: ['same_rack=a', 'same_rack=b', 'query=["=",1]', 'x=a=b'] },
    { flavor: 'f', hints: { same_rack: ['a', 'b'], query: '["=",1]', x: 'a=b' } },
  ],
])('%j', (options, request) => {
  expect(explainRequestOf({ ...options })).toEqual(request);
});

test.each([[{}], [{ flavor: 'f', server: 's' }], [{ flavor: 'f', hint: ['group'] }]])(
  '%j is refused',
  (options) => {
    expect(() => explainRequestOf({ ...options })).toThrow(/either --flavor or --server|key=value/);
  },
);

test('fitting nodes show their rank, the others the rejecting filter', () => {
  const node = { name: null, fits: false, filter: null, reason: null, detail: null };
  const lines = judgementTable([
    { ...node, uuid: 'u1', name: 'n1', fits: true, rank: 1, weight: 0.5 },
    { ...node, uuid: 'u2', rank: null, weight: null, filter: 'RamFilter', reason: 'too small' },
    {
      ...node,
      uuid: 'u3',
      rank: null,
      weight: null,
      filter: 'F',
      reason: 'r',
      detail: 'has 1 of 2',
    },
  ]).split('\n');
  expect(lines[1]).toMatch(/^u1 +n1 +1 +0\.500$/);
  expect(lines[2]).toMatch(/^u2 +RamFilter +too small$/);
  expect(lines[3]).toMatch(/^u3 +F +has 1 of 2$/);
});
