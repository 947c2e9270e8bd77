import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { pause, settledWithin, within } from './deadline.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const never = new Promise<never>(() => undefined);
const late = (): Error => new Error('late');

/** Whether it has settled when so much time more has passed. */
async function hasSettled(work: Promise<unknown>, ms: number): Promise<boolean> {
  const settled = work.then(
    () => true,
    () => true,
  );
  await vi.advanceTimersByTimeAsync(ms);
  return Promise.race([settled, Promise.resolve(false)]);
}

test('what settles in time is passed on, and leaves no timer behind', async () => {
  expect(await within(Promise.resolve('done'), 1000, late)).toBe('done');
  await expect(within(Promise.reject(new Error('no')), 1000, late)).rejects.toThrow('no');
  expect(vi.getTimerCount()).toBe(0);
});

test('what does not settle in time rejects', async () => {
  const bound = within(never, 1000, late);
  expect(await hasSettled(bound, 999)).toBe(false);
  expect(await hasSettled(bound, 1)).toBe(true);
  await expect(bound).rejects.toThrow('late');
});

test('a pause lasts its time; one of less than nothing ends at once', async () => {
  const long = pause(1000);
  expect(await hasSettled(long, 999)).toBe(false);
  expect(await hasSettled(long, 1)).toBe(true);
  expect(await hasSettled(pause(-1), 0)).toBe(true);
});

test('a signal ends a pause, and one that was given before leaves none', async () => {
  const stop = new AbortController();
  const long = pause(60_000, stop.signal);
  expect(await hasSettled(long, 1000)).toBe(false);
  stop.abort();
  expect(await hasSettled(long, 0)).toBe(true);
  expect(await hasSettled(pause(60_000, stop.signal), 0)).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test('all that is waited for has settled, or the time is over', async () => {
  const failed = Promise.reject(new Error('no'));
  expect(await hasSettled(settledWithin([Promise.resolve(), failed], 1000), 0)).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
  const hung = settledWithin([Promise.resolve(), never], 1000);
  expect(await hasSettled(hung, 999)).toBe(false);
  expect(await hasSettled(hung, 1)).toBe(true);
});
