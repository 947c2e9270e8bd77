import { expect, test } from 'vitest';
import { filtersByName, defaultFilters } from '../filters/index.js';
import { prepare } from '../select/prepared.js';
import { aFleet, withServer } from '../testing/a-fleet.js';
import { aFlavor, aRequest } from '../testing/a-request.js';
import { aScene } from '../testing/a-scene.js';
import { inNumber } from './plural.js';
import { explain } from './explain.js';
import { counts, sentence } from './sentence.js';

type Rows = Parameters<typeof aFleet>[0];

function toldOf(rows: Rows, request = aRequest(), form = sentence): string {
  const fleet = aFleet(rows);
  const policy = { filters: filtersByName(defaultFilters), weighers: [] };
  return form(explain(fleet, prepare(request, policy, aScene({ fleet }))));
}

test('no node at all', () => {
  expect(toldOf([])).toBe('No node is enrolled.');
});

test('one node', () => {
  expect(toldOf([{ name: 'n1', ...withServer(50) }])).toBe('The only node is in use: n1.');
  expect(toldOf([{}])).toBe('Of 1 node, 1 fits.');
});

test('each reason with its count, the most frequent first, a few names of each', () => {
  const used = [1, 2, 3, 4].map((id) => ({ name: `n${id}`, ...withServer(50 + id) }));
  const nodes = [...used, { name: 'n5', interfaces: 0 }, { name: 'n6', memory_mb: 1 }];
  expect(toldOf(nodes)).toBe(
    'Of 6 nodes, 4 are in use: n1, n2, n3, …; 1 has too little memory (4096 MiB asked): n6; ' +
      '1 has no network interface: n5.',
  );
});

test('those who do not run the cloud read no names', () => {
  const rows = [
    { name: 'canary-1', ...withServer(50) },
    { name: 'canary-2', memory_mb: 1 },
  ];
  const said = 'Of 2 nodes, 1 has too little memory (4096 MiB asked); 1 is in use.';
  expect(toldOf(rows, aRequest(), counts)).toBe(said);
  expect(toldOf(rows.slice(0, 1), aRequest(), counts)).toBe('The only node is in use.');
});

test('fitting nodes that are too few', () => {
  expect(toldOf([{}, {}, { name: 'n3', maintenance: true }])).toBe(
    'Of 3 nodes, 2 fit; 1 is in maintenance: n3.',
  );
});

test('counts by the first rejecting filter: too small comes before in use', () => {
  const request = aRequest({ flavor: aFlavor({ vcpus: 5 }) });
  expect(toldOf([{ name: 'n1', ...withServer(50) }, { name: 'n2' }], request)).toBe(
    'Of 2 nodes, 2 have too few CPUs (5 asked): n1, n2.',
  );
});

test.each([
  ['is in use', 'are in use'],
  ['was tried already for this server', 'were tried already for this server'],
  ['has too few CPUs (4 asked)', 'have too few CPUs (4 asked)'],
  ['does not meet the query', 'do not meet the query'],
  ['lacks trait A', 'lack trait A'],
  ['shares its rack with a server', 'share their rack with a server'],
  ['shares no rack with the servers', 'share no rack with the servers'],
  ['belongs to a compute host', 'belong to a compute host'],
  ['hasty is no verb', 'hasty is no verb'],
])('%s, of many: %s', (one, many) => {
  expect(inNumber(one, 1)).toBe(one);
  expect(inNumber(one, 2)).toBe(many);
});
