import { expect, test } from 'vitest';
import { Gate } from './gate.js';

test('so many at a time, in order, also after one has failed', async () => {
  const gate = new Gate(2);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const works = Array.from({ length: 5 }, (_, index) =>
    gate.pass(async () => {
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
  expect(await gate.pass(() => Promise.resolve('open'))).toBe('open');
});
