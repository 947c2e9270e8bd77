import { expect, test } from 'vitest';
import { Lane } from './lane.js';

const unexpected = (error: unknown): never => {
  throw new Error('a task rejected', { cause: error });
};

test('runs at most the given number at once, in order, and drains', async () => {
  const lane = new Lane(2, unexpected);
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
  await new Lane(1, unexpected).drain();
});

test('a task that rejects is reported; the tasks after it run', async () => {
  const rejected: unknown[] = [];
  const lane = new Lane(1, (error) => rejected.push(error));
  let done = 0;
  for (const fails of [true, false]) {
    lane.add(() => {
      done += 1;
      return fails ? Promise.reject(new Error('canary')) : Promise.resolve();
    });
  }
  await expect.poll(() => done).toBe(2);
  await lane.drain();
  expect(rejected).toEqual([new Error('canary')]);
});
