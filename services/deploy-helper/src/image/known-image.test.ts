import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FetchedImage } from './image-cache.js';
import { KnownImages } from './known-images.js';

const mib = 1024 * 1024;
const { signal } = new AbortController();
let folder: string;
let work: string;
let raw: Buffer;
let fetched: FetchedImage;

/** 8 MiB and a sector, with three extents that are not zeros. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'known-image-'));
  work = join(folder, 'work');
  raw = Buffer.alloc(8 * mib + 512);
  raw.fill(1, 0, 100_000);
  raw.fill('two', 3 * mib, 5 * mib);
  raw.fill(3, 8 * mib);
  writeFileSync(join(folder, 'raw'), raw);
  const path = join(folder, 'image');
  execFileSync('qemu-img', ['convert', '-c', '-O', 'qcow2', join(folder, 'raw'), path]);
  const image = {
    ...{ id: 'i', name: null, diskFormat: 'qcow2', size: 1, virtualSize: null },
    ...({ hashAlgorithm: 'sha256', hash: 'h' } as const),
  };
  fetched = { image, path, release: () => undefined };
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const sha256 = (...parts: Buffer[]): string =>
  createHash('sha256').update(Buffer.concat(parts)).digest('hex');

test('its data and where the data is', async () => {
  const image = await new KnownImages(work).of(fetched, signal);
  expect(image.virtualSize).toBe(raw.length);
  expect(image.head.equals(raw.subarray(0, mib))).toBe(true);
  expect(image.data[0]).toMatchObject({ offset: 0 });
  expect(image.data.some(({ offset }) => offset === 3 * mib)).toBe(true);
  const reading = { folder, signal };
  for (const [offset, length] of [
    [512, 1024],
    [mib - 512, mib],
    [4 * mib + 512, 3 * mib],
    [8 * mib, mib],
    [20 * mib, 512],
  ] as const) {
    const wanted = Buffer.alloc(length);
    wanted.set(raw.subarray(offset, offset + length));
    expect((await image.read({ offset, length }, reading)).equals(wanted), `${offset}`).toBe(true);
  }
});

test('an image is inspected once, and digested once', async () => {
  const images = new KnownImages(work);
  const image = await images.of(fetched, signal);
  const extents = [
    { offset: 3 * mib, length: 2 * mib },
    { offset: 8 * mib, length: mib },
  ];
  const wanted = [raw.subarray(3 * mib, 5 * mib), raw.subarray(8 * mib), Buffer.alloc(mib - 512)];
  const [first, second] = await Promise.all([image.digest(extents), image.digest(extents)]);
  expect(first.update('more').digest('hex')).toBe(sha256(...wanted, Buffer.from('more')));
  expect(second.digest('hex')).toBe(sha256(...wanted));
  rmSync(fetched.path);
  expect(await images.of(fetched, signal)).toBe(image);
  expect((await image.digest(extents)).digest('hex')).toBe(sha256(...wanted));
  await expect(image.digest([{ offset: 0, length: mib }])).rejects.toThrow(/No such file/);
  expect(readdirSync(work)).toEqual([]);
});

test('an image with more extents than one program opens', async () => {
  const image = await new KnownImages(work).of(fetched, signal);
  const extents = Array.from({ length: 70 }, (_, index) => ({
    offset: (index * mib) / 16,
    length: 4096,
  }));
  const wanted = extents.map(({ offset, length }) => raw.subarray(offset, offset + length));
  expect((await image.digest(extents)).digest('hex')).toBe(sha256(...wanted));
});

test('a failed inspection is repeated; a caller that stops waiting does not disturb the others', async () => {
  const images = new KnownImages(work);
  const content = readFileSync(fetched.path);
  writeFileSync(fetched.path, 'no image');
  await expect(images.of(fetched, signal)).rejects.toMatchObject({ code: 'IMAGE_UNSUITABLE' });
  writeFileSync(fetched.path, content);
  const gone = new AbortController();
  const [leaving, staying] = [images.of(fetched, gone.signal), images.of(fetched, signal)];
  gone.abort(new Error('gone'));
  await expect(leaving).rejects.toThrow('gone');
  expect((await staying).virtualSize).toBe(raw.length);
});
