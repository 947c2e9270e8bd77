import { expect, test } from 'vitest';
import { parseJsonQuery } from './json-query.js';

const node: Readonly<Record<string, unknown>> = {
  free_ram_mb: 8192,
  vcpus_total: 4,
  cpu_arch: 'x86_64',
  zero: 0,
  none: null,
  'stats.bandwidth.gbit': 10,
};
const lookup = (path: readonly string[]): unknown => node[path.join('.')];

test.each<[query: unknown, holds: boolean]>([
  [[], true],
  [['=', '$cpu_arch', 'x86_64'], true],
  [['=', '$cpu_arch', 'arm'], false],
  [['=', '$vcpus_total', 4, 4], true],
  [['=', '$vcpus_total', 4, 5], false],
  [['=', '$vcpus_total', '4'], false],
  [['<', '$free_ram_mb', 8193], true],
  [['<', '$free_ram_mb', 8192], false],
  [['>', '$free_ram_mb', 8191], true],
  [['>', '$free_ram_mb', 8192], false],
  [['<=', '$free_ram_mb', 8192], true],
  [['<=', '$free_ram_mb', 8191], false],
  [['>=', '$free_ram_mb', 8192], true],
  [['>=', '$free_ram_mb', 8193], false],
  [['<', 1, 2, 3], true],
  [['<', 2, 1, 3], false],
  [['<', '$cpu_arch', 'y'], true],
  [['<', '$cpu_arch', 5], false],
  [['>', '$cpu_arch', 5], false],
  [['in', '$vcpus_total', 2, 4, 8], true],
  [['in', '$vcpus_total', 2, 8], false],
  [['in', '$vcpus_total'], false],
  [['in'], false],
  [['and', ['>=', '$free_ram_mb', 1024], ['=', '$cpu_arch', 'x86_64']], true],
  [['and', ['>=', '$free_ram_mb', 1024], ['=', '$cpu_arch', 'arm']], false],
  [['or', ['=', '$cpu_arch', 'arm'], ['=', '$vcpus_total', 4]], true],
  [['or', ['=', '$cpu_arch', 'arm'], ['=', '$vcpus_total', 5]], false],
  [['not', ['=', '$cpu_arch', 'arm']], true],
  [['not', ['=', '$cpu_arch', 'x86_64']], false],
  // a list holds when one of its members does
  [['not', ['=', '$cpu_arch', 'x86_64'], ['=', '$cpu_arch', 'arm']], true],
  // unlike Nova, where a list in "and", "or" or "not" is always true
  [['and', ['not', ['=', '$cpu_arch', 'x86_64']]], false],
  [['not', ['not', ['=', '$cpu_arch', 'x86_64']]], true],
  [['and'], true],
  [['or'], false],
  [['not'], false],
  [['and', []], true],
  [['or', '$zero'], false],
  [['or', '$cpu_arch'], true],
  // missing attributes are left out
  [['=', '$nothing', 4], false],
  [['=', '$none', 4], false],
  [['=', 4, '$nothing'], false],
  [['=', '$nothing', 4, 4], true],
  [['=', '$vcpus_total'], false],
  [['not', '$nothing'], false],
  [['and', '$nothing'], true],
  [['=', '$vcpus_total', null], false],
  [['>=', '$stats.bandwidth.gbit', 10], true],
  [['>=', '$stats.bandwidth', 10], false],
])('%j: %s', (query, holds) => {
  expect(parseJsonQuery(query).matches(lookup)).toBe(holds);
  expect(parseJsonQuery(JSON.stringify(query)).matches(lookup)).toBe(holds);
});

const nested = (depth: number): unknown => (depth === 0 ? true : ['not', nested(depth - 1)]);

test.each<[query: unknown, reason: string]>([
  ['', 'it is not JSON'],
  ['[">=", "$free_ram_mb"', 'it is not JSON'],
  ['{"a": 1}', 'it is not a list'],
  ['5', 'it is not a list'],
  ['null', 'it is not a list'],
  [[5, 5], '5 is not an operator'],
  [['==', '$vcpus', 4], '"==" is not an operator'],
  [['constructor', 1], '"constructor" is not an operator'],
  [[['=', 1, 1]], '["=",1,1] is not an operator'],
  [['and', ['xor', 1]], '"xor" is not an operator'],
  [['=', { a: 1 }, 1], 'it holds an object'],
  [nested(40), 'nested deeper than 32'],
])('malformed: %j', (query, reason) => {
  const parse = () => parseJsonQuery(query);
  expect(parse).toThrow(expect.objectContaining({ code: 'QUERY_MALFORMED' }));
  expect(parse).toThrow(reason);
});

test.each([
  ['a list', deepList()],
  ['JSON text', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
])('%s that is nested deeper than the stack is malformed like any other', (_, query) => {
  const parse = () => parseJsonQuery(query);
  expect(parse).toThrow(expect.objectContaining({ code: 'QUERY_MALFORMED' }));
});

test('a depth of 32 is read', () => {
  expect(parseJsonQuery(nested(31)).matches(lookup)).toBe(false);
});

test('returns the attributes that it needs, each once', () => {
  const query = parseJsonQuery(['and', ['>', '$a.b', 1], ['<', '$a.b', 9], ['=', '$c', '$d']]);
  expect(query.paths).toEqual([['a', 'b'], ['c'], ['d']]);
});

function deepList(): unknown {
  return Array.from({ length: 50_000 }).reduce<unknown>((inner) => ['not', inner], 1);
}
