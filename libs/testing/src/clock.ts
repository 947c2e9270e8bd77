/** A clock that stands still until it is moved, for code that is handed its clock. */
export interface ManualClock {
  now(): Date;
  /** Milliseconds that never go backwards, for durations. */
  monotonicMs(): number;
  advance(ms: number): void;
}

export function manualClock(start = new Date('2026-01-01T00:00:00Z')): ManualClock {
  let passedMs = 0;
  return {
    now: () => new Date(start.getTime() + passedMs),
    monotonicMs: () => passedMs,
    advance(ms) {
      if (ms < 0) {
        throw new RangeError('a clock does not go back');
      }
      passedMs += ms;
    },
  };
}
