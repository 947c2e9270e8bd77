import { describe, expect, it } from 'vitest';
import { SettlePace } from './settle-pace.js';

/** Tells of one stream every so many ms for two seconds; says what it would wait at the end. */
function afterTelling(everyMs: number): { pace: SettlePace; gatherMs: number } {
  const pace = new SettlePace();
  for (let now = 0; now < 2000; now += everyMs) {
    pace.note(1, now);
  }
  return { pace, gatherMs: pace.gatherMs(2000) };
}

describe('the time for which confirms are gathered', () => {
  it('is short while one server is built', () => {
    expect(afterTelling(50).gatherMs).toBe(10);
  });

  it('is longer while many are built', () => {
    expect(afterTelling(10).gatherMs).toBe(60);
  });

  it('is short again soon after', () => {
    expect(afterTelling(10).pace.gatherMs(3500)).toBe(10);
  });
});
