import { expect, test } from 'vitest';
import { CoalescedRuns } from './coalesced-runs.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('a caller during a run gets the next run, together with all other callers of that time', async () => {
  let runs = 0;
  const coalesced = new CoalescedRuns(async () => {
    const run = (runs += 1);
    await pause(20);
    return run;
  });
  const first = coalesced.run();
  await pause(5);
  const began = performance.now();
  expect(await Promise.all([first, coalesced.run(), coalesced.run()])).toEqual([1, 2, 2]);
  // The rest of the first run, a pause of the same length, and the second run.
  expect(performance.now() - began).toBeGreaterThan(45);
});

test('a failed run fails for its own callers only', async () => {
  let runs = 0;
  const coalesced = new CoalescedRuns(() => {
    runs += 1;
    return runs === 1 ? Promise.reject(new Error('no')) : Promise.resolve(runs);
  });
  const first = coalesced.run();
  await expect(first).rejects.toThrow('no');
  expect(await coalesced.run()).toBe(2);
});
