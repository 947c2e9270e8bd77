import { expect, test } from 'vitest';
import { ConcurrencyLimit } from './concurrency-limit.js';

test('so many at a time, in order, also after one has failed', async () => {
  const limit = new ConcurrencyLimit(2);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const works = Array.from({ length: 5 }, (_, index) =>
    limit.run(async () => {
      begun.push(index);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (index === 0) throw new Error('failed');
    }),
  );
  const settled = Promise.allSettled(works);
  for (let index = 0; index < works.length; index += 1) {
    expect(begun.length).toBe(Math.min(works.length, index + 2));
    ends[index]?.();
    await works[index]?.catch(() => undefined);
    await new Promise(setImmediate);
  }
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  expect((await settled).map(({ status }) => status)[0]).toBe('rejected');
  expect(await limit.run(() => Promise.resolve('open'))).toBe('open');
});

test('drain drops the tasks that wait and settles when the running ones have ended', async () => {
  const limit = new ConcurrencyLimit(1);
  const begun: string[] = [];
  let end = (): void => undefined;
  const first = limit.run(async () => {
    begun.push('first');
    await new Promise<void>((resolve) => (end = resolve));
  });
  limit.run(() => Promise.resolve(begun.push('second'))).catch(() => begun.push('rejected'));
  let isDrained = false;
  const drained = limit.drain().then(() => (isDrained = true));
  await new Promise(setImmediate);
  expect(isDrained).toBe(false);
  end();
  await Promise.all([first, drained]);
  expect(begun).toEqual(['first']);
});

test('without tasks drain settles at once', async () => {
  await new ConcurrencyLimit(1).drain();
});
