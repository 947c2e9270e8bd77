import { expect, test } from 'vitest';
import { novaBoolean, queryBoolean, readBoolean, type BooleanWords } from './booleans.js';

test.each<[BooleanWords, string, boolean | undefined]>([
  ['oslo', 'true', true],
  ['oslo', 'T', true],
  ['oslo', 'y', true],
  ['oslo', 'Off', false],
  ['oslo', 'enabled', undefined],
  ['nova', 'True', true],
  ['nova', 'on', true],
  ['nova', 'no', false],
  ['nova', 'y', undefined],
  ['neutron', 'True', true],
  ['neutron', '1', true],
  ['neutron', 'yes', undefined],
  ['neutron', '', undefined],
])('by %s %j is %s', (by, word, value) => {
  expect(readBoolean(by, word)).toBe(value);
});

test('a query has one word', () => {
  expect(queryBoolean.parse('YES')).toBe(true);
  expect(queryBoolean.safeParse('maybe').error?.issues[0]?.message).toBe('must be true or false');
  expect(queryBoolean.safeParse(['1', '0']).error?.issues[0]?.message).toBe('must be given once');
});

test.each([
  [true, true],
  ['yes', true],
  ['0', false],
  ['maybe', undefined],
  [1, undefined],
])('in a body %j is %s', (value, read) => {
  expect(novaBoolean.safeParse(value).data).toBe(read);
});
