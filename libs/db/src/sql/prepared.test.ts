import { expect, test } from 'vitest';
import { prepared, PreparedNames } from './prepared.js';

const times = (count: number, work: () => string) => Array.from({ length: count }, work);

test('a text that comes again and again gets a name, and keeps it', () => {
  const names = new PreparedNames();
  expect(times(4, () => names.nameOf('SELECT 1'))).toEqual(['', '', '', '']);
  const [fifth, sixth] = times(2, () => names.nameOf('SELECT 1'));
  expect(fifth).toMatch(/^[0-9a-f]{32}$/);
  expect(sixth).toBe(fifth);
  expect(times(5, () => names.nameOf('SELECT 2')).at(-1)).not.toBe(fifth);
});

test('a text that names itself has its name from the first call', () => {
  const names = new PreparedNames();
  expect(names.nameOf(`${prepared('flush').sql} SELECT 1`)).toBe('flush');
});

test('what is not planned gets no name', () => {
  const names = new PreparedNames();
  expect(times(9, () => names.nameOf('BEGIN')).at(-1)).toBe('');
});

test('texts without end get names up to a bound, and are not all remembered', () => {
  const names = new PreparedNames();
  const named = Array.from({ length: 5000 }, (_, n) =>
    times(5, () => names.nameOf(`SELECT ${n}`)).at(-1),
  );
  expect(named.filter((name) => name !== '')).toHaveLength(100);
  for (let n = 0; n < 10_000; n += 1) {
    expect(names.nameOf(`SELECT 'once' ${n}`)).toBe('');
  }
  expect(names.nameOf('SELECT 0')).toBe(named[0]);
});
