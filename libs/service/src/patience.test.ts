import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Patience } from './patience.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Looks every second for so long. */
function lookFor(patience: Patience, seconds: number): void {
  for (let nth = 0; nth < seconds; nth += 1) {
    vi.advanceTimersByTime(1000);
    patience.look();
  }
}

test('nobody is judged before the first look, nor before the grace has passed', () => {
  const patience = new Patience({ everyMs: 1000, graceMs: 30_000 });
  expect(patience.mayJudge()).toBe(false);
  lookFor(patience, 30);
  expect(patience.mayJudge()).toBe(false);
  lookFor(patience, 1);
  expect(patience.mayJudge()).toBe(true);
});

test('a hole in the looks gives the grace anew, even before the next look', () => {
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

test('a jump of the clock by which others are judged gives the grace anew, even before the next look', () => {
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

test('after a jump of the clock leases have their grace; a hole takes nothing from them', () => {
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

test('what the clock shows at most is where it goes on to, and what is no jump yet', () => {
  const patience = new Patience({ everyMs: 1000, graceMs: 30_000 });
  expect(patience.clockAtMost()).toBeUndefined();
  patience.look(new Date(500_000));
  vi.advanceTimersByTime(2000);
  expect(patience.clockAtMost()).toEqual(new Date(502_000 + 15_000));
});
