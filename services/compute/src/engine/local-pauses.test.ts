import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LocalPauses } from './local-pauses.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Begins a pause; how many seconds it lasts. */
function lengthOf(pauses: LocalPauses, id: string): number {
  pauses.begin(id);
  let seconds = 0;
  for (; pauses.isPaused(id); seconds += 1) {
    vi.advanceTimersByTime(1000);
  }
  return seconds;
}

test('pauses grow until the operation has had a good turn', () => {
  const pauses = new LocalPauses();
  expect(pauses.isPaused('a')).toBe(false);
  const lengths = Array.from({ length: 8 }, () => lengthOf(pauses, 'a'));
  expect(lengths).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  expect(lengthOf(pauses, 'b')).toBe(1);
  pauses.forget('a');
  expect(lengthOf(pauses, 'a')).toBe(1);
});

test('a pause of which nothing is remembered is over', () => {
  const pauses = new LocalPauses(2);
  for (const id of ['a', 'b', 'c']) {
    pauses.begin(id);
  }
  expect(['a', 'b', 'c'].map((id) => pauses.isPaused(id))).toEqual([false, true, true]);
});
