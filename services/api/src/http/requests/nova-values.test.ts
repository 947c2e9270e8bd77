import { expect, test } from 'vitest';
import { novaInteger, novaPositive } from './nova-values.js';

test.each<[unknown, number | undefined]>([
  [2, 2],
  ['2', 2],
  [10, 10],
  [true, undefined],
  [[2], undefined],
  ['', undefined],
  [' 2', undefined],
  ['0x2', undefined],
  [2.5, undefined],
  [1, undefined],
  ['11', undefined],
])('%j as a whole number from 2 to 10 is %j', (value, expected) => {
  expect(novaInteger(2, 10).safeParse(value).data).toBe(expected);
});

test.each<[unknown, number | undefined]>([
  [0.5, 0.5],
  ['1.5', 1.5],
  [0, undefined],
  [true, undefined],
  ['1e3', undefined],
])('%j as a number above 0 is %j', (value, expected) => {
  expect(novaPositive.safeParse(value).data).toBe(expected);
});
