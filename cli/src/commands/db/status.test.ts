import { expect, test } from 'vitest';
import { migrationRows } from './status.js';

test('every migration is listed once, with its most important state', () => {
  expect(
    migrationRows({
      version: '4_d',
      applied: ['1_a', '2_b', '4_d'],
      edited: ['2_b'],
      failed: ['3_c'],
      pending: ['3_c', '5_e'],
      unknown: ['4_d'],
    }),
  ).toEqual([
    ['1_a', 'applied'],
    ['2_b', 'applied, but its file has changed since'],
    ['3_c', 'failed'],
    ['4_d', 'applied by another release'],
    ['5_e', 'pending'],
  ]);
});
