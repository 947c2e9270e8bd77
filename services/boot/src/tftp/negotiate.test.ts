import { expect, test } from 'vitest';
import { negotiate } from './negotiate.js';

test.each([
  { asked: '1', timeoutMs: 1000, accepted: { timeout: 1 } },
  { asked: '10', timeoutMs: 10_000, accepted: { timeout: 10 } },
  { asked: '255', timeoutMs: 1000, accepted: {} },
  { asked: '0', timeoutMs: 1000, accepted: {} },
])('timeout $asked', ({ asked, timeoutMs, accepted }) => {
  const answer = negotiate(new Map([['timeout', asked]]), 1);
  expect(answer.settings.timeoutMs).toBe(timeoutMs);
  expect(Object.fromEntries(answer.accepted)).toEqual(accepted);
});
