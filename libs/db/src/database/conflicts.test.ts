import pg from 'pg';
import { expect, test } from 'vitest';
import { isDatabaseAway, isUnstorable, mayConcernOneRow } from './conflicts.js';

function refusal(code: string): pg.DatabaseError {
  const error = new pg.DatabaseError('refused', 7, 'error');
  error.code = code;
  return error;
}

test.each([
  ['08000', '08001', '08003', '08004', '08006', '08007'],
  ['53000', '53100', '53200', '53300'],
  ['55P03', '57014', '57P01', '57P02', '57P03', '57P05', '25006', '25P03', '25P04'],
  ['58000', '58030'],
])('%s and its like pass', (...codes) => {
  expect(codes.filter((code) => !isDatabaseAway(refusal(code)))).toEqual([]);
});

test.each([
  ['08P01', 'a message that breaks the protocol'],
  ['53400', 'more than the configuration ever allows'],
  ['57P04', 'a database that is gone'],
  ['58P01', 'a file that is not there'],
  ['23505', 'a violated index'],
  ['40001', 'a conflict, which is tried again at once'],
  ['XX001', 'damaged data'],
])('%s stays: %s', (code) => {
  expect(isDatabaseAway(refusal(code))).toBe(false);
});

test.each(['55P03', '57014', '40P01', '22001', '23514', 'P0001', 'XX001'])(
  '%s may be true of one row alone',
  (code) => {
    expect(mayConcernOneRow(refusal(code))).toBe(true);
  },
);

test.each(['53100', '57P01', '08006', '42703', '25006'])('%s is true of all', (code) => {
  expect(mayConcernOneRow(refusal(code))).toBe(false);
});

test.each(['22003', '22008', '22021', '22P05'])('%s is of a value that no row can have', (code) => {
  expect(isUnstorable(refusal(code))).toBe(true);
});
