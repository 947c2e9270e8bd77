import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Loop, type LoopOptions } from './loop.js';

let runs: number;
let errors: unknown[];
let endRun: () => void;
let failRun: (error: Error) => void;

beforeEach(() => {
  vi.useFakeTimers();
  runs = 0;
  errors = [];
});
afterEach(() => {
  vi.useRealTimers();
});

/** Its runs last until they are ended. */
const loopOf = (when: Pick<LoopOptions, 'period' | 'pauseMs'> = {}): Loop =>
  new Loop({
    work: () => {
      runs += 1;
      return new Promise((resolve, reject) => {
        endRun = resolve;
        failRun = reject;
      });
    },
    onError: (error) => errors.push(error),
    ...when,
  });

/** What follows the end of a run has happened. */
const passed = async (ms = 0): Promise<void> => {
  await vi.advanceTimersByTimeAsync(ms);
};

async function end(): Promise<void> {
  endRun();
  await passed();
}

test('it runs at once when it is woken', () => {
  loopOf().wake();
  expect(runs).toBe(1);
});

test('however often it is woken during a run, it runs once more', async () => {
  const loop = loopOf();
  loop.wake();
  loop.wake();
  loop.wake();
  expect(runs).toBe(1);
  await end();
  expect(runs).toBe(2);
  await end();
  expect(runs).toBe(2);
  loop.wake();
  expect(runs).toBe(3);
});

test('it runs once in a period, from the end of the first one on', async () => {
  const loop = loopOf({ period: { everyMs: 1000, ifRunning: 'skip' } });
  loop.start();
  loop.start();
  await passed(999);
  expect(runs).toBe(0);
  await passed(1);
  expect(runs).toBe(1);
  await end();
  await passed(1000);
  expect(runs).toBe(2);
  loop.pause();
});

test.each([
  { ifRunning: 'skip', after: 1 },
  { ifRunning: 'again', after: 2 },
] as const)('a period that ends during a run: $ifRunning', async ({ ifRunning, after }) => {
  const loop = loopOf({ period: { everyMs: 1000, ifRunning } });
  loop.start();
  await passed(3500);
  expect(runs).toBe(1);
  await end();
  expect(runs).toBe(after);
  loop.pause();
});

test('a pause ends the period until the next start; it can be woken all the same', async () => {
  const loop = loopOf({ period: { everyMs: 1000, ifRunning: 'skip' } });
  loop.start();
  await passed(500);
  loop.pause();
  await passed(5000);
  expect(runs).toBe(0);
  loop.wake();
  await end();
  loop.start();
  await passed(1000);
  expect(runs).toBe(2);
  loop.pause();
});

test('it runs again after a pause, which is counted from the end of the run before', async () => {
  let pauseMs = 1000;
  const loop = loopOf({ pauseMs: () => pauseMs });
  loop.wake();
  await passed(5000);
  expect(runs).toBe(1);
  await end();
  pauseMs = 3000;
  await passed(999);
  expect(runs).toBe(1);
  await passed(1);
  expect(runs).toBe(2);
  await end();
  await passed(2000);
  loop.wake();
  expect(runs).toBe(3);
  await passed(3000);
  await end();
  expect(runs).toBe(3);
  await loop.stop();
  expect(vi.getTimerCount()).toBe(0);
});

test('a run that fails is told of, and the next one comes', async () => {
  const loop = loopOf();
  loop.wake();
  loop.wake();
  const error = new Error('no');
  failRun(error);
  await passed();
  expect(errors).toEqual([error]);
  expect(runs).toBe(2);
});

test('work that throws before it begins is told of as well', async () => {
  const error = new Error('no');
  const loop = new Loop({
    work: () => {
      throw error;
    },
    onError: (reason) => errors.push(reason),
  });
  loop.wake();
  await passed();
  loop.wake();
  expect(errors).toEqual([error, error]);
  await loop.stop();
});

test('it stops with the end of the run, runs no more, and cannot be started again', async () => {
  const loop = loopOf({ period: { everyMs: 1000, ifRunning: 'again' } });
  loop.start();
  loop.wake();
  loop.wake();
  let isStopped = false;
  const stopped = loop.stop().then(() => {
    isStopped = true;
  });
  await passed();
  expect(isStopped).toBe(false);
  await end();
  await stopped;
  expect(vi.getTimerCount()).toBe(0);
  loop.wake();
  loop.start();
  await passed(5000);
  expect(runs).toBe(1);
});
