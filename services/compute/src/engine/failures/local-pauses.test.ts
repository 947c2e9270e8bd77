import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LocalPauses } from './local-pauses.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Begins a pause; returns its length in seconds. */
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

test('a pause of an operation that is not remembered is over', () => {
  const pauses = new LocalPauses(2);
  for (const id of ['a', 'b', 'c']) {
    pauses.begin(id);
  }
  expect(['a', 'b', 'c'].map((id) => pauses.isPaused(id))).toEqual([false, true, true]);
});

test('a pause that an outage may explain ends with the first turn that is written', () => {
  const pauses = new LocalPauses();
  pauses.begin('a');
  pauses.begin('b');
  expect(pauses.rested()).toEqual([]);
  pauses.turnWritten('c');
  expect(pauses.rested()).toEqual(['a', 'b']);
});

test('an operation that fails although others are written is paused all the same, and at last distinguished from an outage', () => {
  const pauses = new LocalPauses();
  const proven = Array.from({ length: 5 }, () => {
    pauses.turnWritten('other');
    return pauses.begin('a');
  });
  expect(proven).toEqual([false, false, false, true, true]);
  pauses.turnWritten('other');
  expect([pauses.isPaused('a'), pauses.isSuspect('a')]).toEqual([true, true]);
  // An outage: the operation has failed twice, and nothing was written in between.
  pauses.begin('a');
  expect([pauses.begin('a'), pauses.isSuspect('a')]).toEqual([false, true]);
  pauses.turnWritten('a');
  expect([pauses.all(), pauses.isSuspect('a')]).toEqual([[], false]);
});
