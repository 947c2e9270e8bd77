import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Patience } from './patience.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Looks every second for the given time. */
function lookFor(patience: Patience, seconds: number): void {
  for (let nth = 0; nth < seconds; nth += 1) {
    vi.advanceTimersByTime(1000);
    patience.look();
  }
}

test('nothing is judged overdue before the first look, nor before the grace has passed', () => {
  const patience = new Patience({ everyMs: 1000, graceMs: 30_000 });
  expect(patience.mayJudge()).toBe(false);
  lookFor(patience, 30);
  expect(patience.mayJudge()).toBe(false);
  lookFor(patience, 1);
  expect(patience.mayJudge()).toBe(true);
});

test('a gap between looks starts the grace again, even before the next look', () => {
  const patience = new Patience({ everyMs: 1000, graceMs: 30_000 });
  lookFor(patience, 40);
  vi.advanceTimersByTime(10_000);
  expect(patience.mayJudge()).toBe(true);
  vi.advanceTimersByTime(10_000);
  expect(patience.mayJudge()).toBe(false);
  lookFor(patience, 30);
  expect(patience.mayJudge()).toBe(false);
  lookFor(patience, 1);
  expect(patience.mayJudge()).toBe(true);
});

test('a jump of the clock that judges others starts the grace again, even before the next look', () => {
  const patience = new Patience({ everyMs: 1000, graceMs: 30_000 });
  const clock = (aheadMs: number): Date => new Date(Date.now() + aheadMs);
  lookFor(patience, 40);
  patience.look(clock(0));
  expect(patience.mayJudge(clock(10_000))).toBe(true);
  expect(patience.mayJudge(clock(15_500))).toBe(false);
  expect(patience.mayJudge(clock(20_000))).toBe(false);
  patience.look(clock(20_000));
  expect(patience.mayJudge(clock(20_000))).toBe(false);
  lookFor(patience, 30);
  expect(patience.mayJudge(clock(20_000))).toBe(true);
});

test('after a jump of the clock leases have their grace; a gap takes nothing from them', () => {
  const patience = new Patience({ everyMs: 1000, graceMs: 30_000 });
  const look = (aheadMs: number): void => {
    patience.look(new Date(Date.now() + aheadMs));
  };
  look(0);
  vi.advanceTimersByTime(60_000);
  look(0);
  expect(patience.isClockSteady()).toBe(true);
  look(20_000);
  expect(patience.isClockSteady()).toBe(false);
  lookFor(patience, 30);
  expect(patience.isClockSteady()).toBe(true);
});

test('the upper bound of the clock follows it, and a small step is no jump', () => {
  const patience = new Patience({ everyMs: 1000, graceMs: 30_000 });
  expect(patience.clockAtMost()).toBeUndefined();
  patience.look(new Date(500_000));
  vi.advanceTimersByTime(2000);
  expect(patience.clockAtMost()).toEqual(new Date(502_000 + 15_000));
});
