import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { OverdueGuard } from './overdue-guard.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Looks every second for the given time. */
function tickFor(overdueGuard: OverdueGuard, seconds: number): void {
  for (let nth = 0; nth < seconds; nth += 1) {
    vi.advanceTimersByTime(1000);
    overdueGuard.tick();
  }
}

test('nothing is judged overdue before the first look, nor before the grace has passed', () => {
  const overdueGuard = new OverdueGuard({ everyMs: 1000, graceMs: 30_000 });
  expect(overdueGuard.canDeclareOverdue()).toBe(false);
  tickFor(overdueGuard, 30);
  expect(overdueGuard.canDeclareOverdue()).toBe(false);
  tickFor(overdueGuard, 1);
  expect(overdueGuard.canDeclareOverdue()).toBe(true);
});

test('a gap between looks starts the grace again, even before the next look', () => {
  const overdueGuard = new OverdueGuard({ everyMs: 1000, graceMs: 30_000 });
  tickFor(overdueGuard, 40);
  vi.advanceTimersByTime(10_000);
  expect(overdueGuard.canDeclareOverdue()).toBe(true);
  vi.advanceTimersByTime(10_000);
  expect(overdueGuard.canDeclareOverdue()).toBe(false);
  tickFor(overdueGuard, 30);
  expect(overdueGuard.canDeclareOverdue()).toBe(false);
  tickFor(overdueGuard, 1);
  expect(overdueGuard.canDeclareOverdue()).toBe(true);
});

test('a jump of the clock that judges others starts the grace again, even before the next look', () => {
  const overdueGuard = new OverdueGuard({ everyMs: 1000, graceMs: 30_000 });
  const clock = (aheadMs: number): Date => new Date(Date.now() + aheadMs);
  tickFor(overdueGuard, 40);
  overdueGuard.tick(clock(0));
  expect(overdueGuard.canDeclareOverdue(clock(10_000))).toBe(true);
  expect(overdueGuard.canDeclareOverdue(clock(15_500))).toBe(false);
  expect(overdueGuard.canDeclareOverdue(clock(20_000))).toBe(false);
  overdueGuard.tick(clock(20_000));
  expect(overdueGuard.canDeclareOverdue(clock(20_000))).toBe(false);
  tickFor(overdueGuard, 30);
  expect(overdueGuard.canDeclareOverdue(clock(20_000))).toBe(true);
});

test('after a jump of the clock leases have their grace; a gap takes nothing from them', () => {
  const overdueGuard = new OverdueGuard({ everyMs: 1000, graceMs: 30_000 });
  const look = (aheadMs: number): void => {
    overdueGuard.tick(new Date(Date.now() + aheadMs));
  };
  look(0);
  vi.advanceTimersByTime(60_000);
  look(0);
  expect(overdueGuard.isClockSteady()).toBe(true);
  look(20_000);
  expect(overdueGuard.isClockSteady()).toBe(false);
  tickFor(overdueGuard, 30);
  expect(overdueGuard.isClockSteady()).toBe(true);
});

test('a clock that has gone back judges nobody before the living have renewed their leases', () => {
  const overdueGuard = new OverdueGuard({ everyMs: 1000, graceMs: 30_000 });
  const look = (backMs: number): void => {
    overdueGuard.tick(new Date(Date.now() - backMs));
  };
  look(0);
  tickFor(overdueGuard, 31);
  look(10_000);
  expect([overdueGuard.isClockSteady(), overdueGuard.canDeclareOverdue()]).toEqual([true, true]);
  look(3_600_000);
  expect([overdueGuard.isClockSteady(), overdueGuard.canDeclareOverdue()]).toEqual([false, false]);
  tickFor(overdueGuard, 30);
  expect([overdueGuard.isClockSteady(), overdueGuard.canDeclareOverdue()]).toEqual([true, true]);
  expect(overdueGuard.jumps).toEqual([]);
});

test('the bounds of the clock follow it, and a small step is no jump', () => {
  const overdueGuard = new OverdueGuard({ everyMs: 1000, graceMs: 30_000 });
  expect(overdueGuard.clockWithin()).toBeUndefined();
  overdueGuard.tick(new Date(500_000));
  vi.advanceTimersByTime(2000);
  expect(overdueGuard.clockWithin()).toEqual({
    from: new Date(502_000 - 15_000),
    to: new Date(502_000 + 15_000),
  });
});

test('a process that has just started trusts no lease for the grace: the clock may have jumped before', () => {
  const overdueGuard = new OverdueGuard({ everyMs: 1000, graceMs: 30_000 });
  expect(overdueGuard.isClockSteady()).toBe(false);
  overdueGuard.tick(new Date());
  tickFor(overdueGuard, 29);
  expect(overdueGuard.isClockSteady()).toBe(false);
  tickFor(overdueGuard, 1);
  expect(overdueGuard.isClockSteady()).toBe(true);
});

test('a jump is told with its length, counted from the last reading', () => {
  const overdueGuard = new OverdueGuard({ everyMs: 1000, graceMs: 30_000 });
  const read = Date.now();
  overdueGuard.tick(new Date(read));
  vi.advanceTimersByTime(1000);
  overdueGuard.tick(new Date(read + 1000 + 3_600_000));
  expect(overdueGuard.jumps).toEqual([{ from: new Date(read), to: new Date(read + 3_600_000) }]);
});

test('nothing is judged until the deadlines have moved that the clock jumped over', async () => {
  const moveDeadlines = vi.fn().mockRejectedValueOnce(new Error('away'));
  const overdueGuard = new OverdueGuard({ everyMs: 1000, graceMs: 30_000, moveDeadlines });
  tickFor(overdueGuard, 40);
  overdueGuard.tick(new Date());
  overdueGuard.tick(new Date(Date.now() + 3_600_000));
  await expect(overdueGuard.settleJumps()).rejects.toThrow('away');
  tickFor(overdueGuard, 40);
  expect(overdueGuard.canDeclareOverdue()).toBe(false);
  await overdueGuard.settleJumps();
  await overdueGuard.settleJumps();
  expect(overdueGuard.canDeclareOverdue()).toBe(true);
  expect(moveDeadlines.mock.calls).toEqual([[overdueGuard.jumps[0]], [overdueGuard.jumps[0]]]);
});

test('a jump is forgotten when the clock is set back', () => {
  const overdueGuard = new OverdueGuard({ everyMs: 1000, graceMs: 30_000 });
  overdueGuard.tick(new Date());
  overdueGuard.tick(new Date(Date.now() + 3_600_000));
  expect(overdueGuard.jumps).toHaveLength(1);
  overdueGuard.tick(new Date());
  expect(overdueGuard.jumps).toEqual([]);
});
