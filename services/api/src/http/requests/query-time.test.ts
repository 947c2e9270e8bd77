import { expect, test } from 'vitest';
import { queryTime } from './query-time.js';

test.each([
  ['2026-01-31', '2026-01-31T00:00:00.000Z'],
  ['2026-01-31 12:00:00.5', '2026-01-31T12:00:00.500Z'],
  ['2026-01-31T12:00:00+02:00', '2026-01-31T10:00:00.000Z'],
  ['0001-01-01', '0001-01-01T00:00:00.000Z'],
  ['9999-12-31T23:59:59', '9999-12-31T23:59:59.000Z'],
])('%s is %s', (text, time) => {
  expect(queryTime.parse(text).toISOString()).toBe(time);
});

// PostgreSQL has no year 0, and reads five digits otherwise.
test.each([
  '0000-01-01',
  '0000-12-31T23:59:59',
  '0001-01-01T00:00:00+14:00',
  '9999-12-31T23:59:59-01:00',
  '2026-13-01',
  'yesterday',
])('%s is refused', (text) => {
  expect(queryTime.safeParse(text).success).toBe(false);
});
