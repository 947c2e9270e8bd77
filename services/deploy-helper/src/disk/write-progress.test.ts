import { expect, test } from 'vitest';
import { percentOf, throttle } from './write-progress.js';

test('percentages of qemu-img, and nothing else', () => {
  expect(percentOf('    (12.34/100%)')).toBe(12.34);
  expect(percentOf('    (100.00/100%)')).toBe(100);
  expect(percentOf('qemu-img: error while writing')).toBeUndefined();
});

test('at most one value in a while', () => {
  let now = 0;
  const passed: number[] = [];
  const tell = throttle<number>(
    1000,
    (value) => passed.push(value),
    () => now,
  );
  for (const value of [1, 2, 3, 4]) {
    tell(value);
    now += 400;
  }
  expect(passed).toEqual([1, 4]);
});
