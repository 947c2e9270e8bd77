import { expect, test } from 'vitest';
import { Lane } from './lane.js';

test('runs at most so many at once, in order, and drains', async () => {
  const lane = new Lane(2);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  for (const n of [1, 2, 3, 4]) {
    lane.add(async () => {
      begun.push(n);
      await new Promise<void>((resolve) => ends.push(resolve));
    });
  }
  expect(begun).toEqual([1, 2]);
  ends[0]?.();
  await expect.poll(() => begun).toEqual([1, 2, 3]);
  const drained = lane.drain();
  ends[1]?.();
  ends[2]?.();
  await drained;
  expect(begun).toEqual([1, 2, 3]);
});

test('an idle lane is drained at once', async () => {
  await new Lane(1).drain();
});
