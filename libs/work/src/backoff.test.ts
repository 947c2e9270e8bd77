import { expect, test } from 'vitest';
import { backoff } from './backoff.js';

test('the pause doubles from the shortest one, and is never above the longest one', () => {
  const pauses = [1, 2, 3, 4, 5].map((n) => backoff(n, { shortestMs: 100, longestMs: 1000 }));
  expect(pauses).toEqual([100, 200, 400, 800, 1000]);
});

test('any number of attempts has a pause', () => {
  expect(backoff(5000, { shortestMs: 1, longestMs: 60_000 })).toBe(60_000);
  expect(backoff(5000, { shortestMs: 0, longestMs: 60_000 })).toBe(0);
});
