import { expect, test } from 'vitest';
import {
  endOf,
  inside,
  mib,
  outside,
  pieces,
  totalLength,
  wholeMib,
} from '@metalcast/disk-image/table';
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

const seeds = { seed: 's', imageSeed: 'i' };

test('all data while it is not too much, the extents of patches separate', () => {
  const disk = {
    bytes: 100 * mib,
    data: [
      { offset: 0, length: 512 },
      { offset: 3 * mib + 7, length: 10 },
      { offset: 50 * mib, length: 3 * mib },
    ],
    patches: [
      { offset: 0, bytes: Buffer.alloc(512) },
      { offset: 51 * mib + 512, bytes: Buffer.alloc(512) },
      { offset: 99 * mib, bytes: Buffer.alloc(512) },
    ],
  };
  expect(chooseExtents(disk, { limit: 5 * mib, ...seeds })).toEqual({
    image: [
      { offset: 3 * mib, length: mib },
      { offset: 50 * mib, length: mib },
      { offset: 52 * mib, length: mib },
    ],
    own: [
      { offset: 0, length: mib },
      { offset: 51 * mib, length: mib },
    ],
    whole: true,
  });
});

test('a sample of more data: both ends, evenly drawn, the same for the same seed', () => {
  const disk = { bytes: 2000 * mib, data: [{ offset: 0, length: 1000 * mib }], patches: [] };
  const choose = (imageSeed: string) =>
    chooseExtents(disk, { limit: 64 * mib, seed: 's', imageSeed });
  const { image, own, whole } = choose('a');
  expect(whole).toBe(false);
  expect(own).toEqual([]);
  expect(totalLength(image)).toBe(62 * mib);
  expect(image[0]?.offset).toBe(0);
  expect(endOf(image.at(-1) ?? { offset: 0, length: 0 })).toBe(1000 * mib);
  expect(choose('a')).toEqual(choose('a'));
  expect(choose('b').image).not.toEqual(image);
  expect(image.filter(({ offset }) => offset >= 500 * mib).length).toBeGreaterThan(2);
});

test('a sample has the table and the end of the config drive, and as much of the image as there is room for', () => {
  const disk = {
    bytes: 2000 * mib,
    data: [
      { offset: 0, length: 1000 * mib },
      { offset: 1990 * mib, length: 5 * mib },
    ],
    patches: [
      { offset: 0, bytes: Buffer.alloc(512) },
      { offset: 1990 * mib, bytes: Buffer.alloc(10 * mib) },
    ],
  };
  const { image, own } = chooseExtents(disk, { limit: 16 * mib, ...seeds });
  expect(own).toEqual([
    { offset: 0, length: mib },
    { offset: 1990 * mib, length: 5 * mib },
  ]);
  expect(totalLength(image)).toBe(8 * mib);
  const little = chooseExtents(disk, { limit: 2 * mib, ...seeds });
  expect(little).toMatchObject({ image: [], own: [{ offset: 0 }, { offset: 1994 * mib }] });
});

test('extents are cut out and cut up', () => {
  const extents = [
    { offset: 0, length: 10 },
    { offset: 20, length: 10 },
  ];
  const holes = [
    { offset: 5, length: 2 },
    { offset: 9, length: 12 },
  ];
  expect(outside(extents, holes)).toEqual([
    { offset: 0, length: 5 },
    { offset: 7, length: 2 },
    { offset: 21, length: 9 },
  ]);
  expect(inside(extents, { offset: 8, length: 14 })).toEqual([
    { offset: 8, length: 2 },
    { offset: 20, length: 2 },
  ]);
  expect(pieces(extents, 7)).toEqual([
    { offset: 0, length: 7 },
    { offset: 7, length: 3 },
    { offset: 20, length: 7 },
    { offset: 27, length: 3 },
  ]);
});
