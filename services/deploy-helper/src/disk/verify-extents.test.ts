import { expect, test } from 'vitest';
import { endOf, mib, totalLength, wholeMib } from './extent.js';
import { chooseExtents } from './verify-extents.js';

test('extents become whole MiB, merged, and end with the disk', () => {
  const disk = 10 * mib + 512;
  const extents = [
    { offset: 10 * mib, length: 512 },
    { offset: 100, length: 10 },
    { offset: mib - 1, length: 2 },
    { offset: 5 * mib, length: mib },
  ];
  expect(wholeMib(extents, disk)).toEqual([
    { offset: 0, length: 2 * mib },
    { offset: 5 * mib, length: mib },
    { offset: 10 * mib, length: 512 },
  ]);
});

test('all of it while it is not too much', () => {
  const data = [{ offset: 3 * mib + 7, length: 10 }];
  expect(chooseExtents(data, 100 * mib, { limit: mib, seed: 's' })).toEqual({
    extents: [{ offset: 3 * mib, length: mib }],
    whole: true,
  });
});

test('else a sample: both ends, evenly drawn, the same for the same seed', () => {
  const data = [{ offset: 0, length: 1000 * mib }];
  const choose = (seed: string) => chooseExtents(data, 2000 * mib, { limit: 64 * mib, seed });
  const { extents, whole } = choose('a');
  expect(whole).toBe(false);
  expect(totalLength(extents)).toBe(64 * mib);
  expect(extents[0]?.offset).toBe(0);
  expect(endOf(extents.at(-1) ?? { offset: 0, length: 0 })).toBe(1000 * mib);
  expect(choose('a').extents).toEqual(extents);
  expect(choose('b').extents).not.toEqual(extents);
  const upperHalf = extents.filter(({ offset }) => offset >= 500 * mib);
  expect(upperHalf.length).toBeGreaterThan(2);
});
