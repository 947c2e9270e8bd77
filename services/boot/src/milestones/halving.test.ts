import { expect, test } from 'vitest';
import { writeHalving } from './halving.js';

const refusal = new Error('refused');

/** Writes all numbers of a batch or none; it refuses a batch with one of `refused`. */
function writer(refused: readonly number[]) {
  const written = new Set<number>();
  let writes = 0;
  const write = (part: readonly number[]): Promise<void> => {
    writes += 1;
    if (part.some((item) => refused.includes(item))) {
      return Promise.reject(refusal);
    }
    part.forEach((item) => written.add(item));
    return Promise.resolve();
  };
  return { written, write, count: () => writes };
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const isRefusal = (error: unknown): boolean => error === refusal;

test('nothing is refused: one write', async () => {
  const { write, count } = writer([]);
  expect((await writeHalving(numbers(100), write, isRefusal)).items).toEqual([]);
  expect(count()).toBe(1);
});

test.each([1, 2, 3, 7, 100, 1000])(
  'of %i, one is refused and all others are written',
  async (n) => {
    for (const bad of [0, Math.floor(n / 2), n - 1]) {
      const { written, write, count } = writer([bad]);
      expect(await writeHalving(numbers(n), write, isRefusal)).toEqual({
        items: [bad],
        error: refusal,
      });
      expect(written.size).toBe(n - 1);
      expect(count()).toBeLessThanOrEqual(1 + 2 * Math.ceil(Math.log2(n)));
    }
  },
);

test('many are refused: the writes are few, and all others are written in the end', async () => {
  const bad = [0, 5, 17, 40, 41, 63];
  const { written, write, count } = writer(bad);
  let left: readonly number[] = numbers(64);
  for (let times = 1; left.length > bad.length; times += 1) {
    expect(times).toBeLessThanOrEqual(bad.length);
    const before = count();
    left = (await writeHalving(left, write, isRefusal)).items;
    expect(count() - before).toBeLessThanOrEqual(1 + 2 * 6);
  }
  expect(written.size).toBe(64 - bad.length);
});

test('a failure of another kind ends it', async () => {
  const failure = new Error('away');
  const write = () => Promise.reject(failure);
  await expect(writeHalving(numbers(8), write, isRefusal)).rejects.toBe(failure);
});
