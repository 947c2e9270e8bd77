import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RecentlyForbidden } from './recently-forbidden.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a refusal is known for ten seconds: permissions may be given meanwhile', () => {
  const forbidden = new RecentlyForbidden();
  const error = new Error('403');
  forbidden.note('queue', error);
  vi.advanceTimersByTime(9_999);
  expect(forbidden.of('queue')).toBe(error);
  expect(forbidden.of('another')).toBeUndefined();
  vi.advanceTimersByTime(1);
  expect(forbidden.of('queue')).toBeUndefined();
});

test('a caller who names a new queue each time fills no memory', () => {
  const forbidden = new RecentlyForbidden();
  for (let nth = 0; nth < 10_000; nth += 1) forbidden.note(`reply_${nth}`, new Error('403'));
  expect(forbidden.size).toBeLessThanOrEqual(1000);
  expect(forbidden.of('reply_9999')).toBeDefined();
});
