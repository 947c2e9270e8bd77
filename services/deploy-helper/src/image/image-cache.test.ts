import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImageDescription, Images } from '@metalcast/image-client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ImageCache } from './image-cache.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'image-cache-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const size = 1000;
const hashOf = (id: string): string => id.repeat(64);

/** Images named by one hex digit, each of 1000 bytes. */
const images: Images = {
  describe: (id) => {
    const hash = hashOf(id);
    const described: ImageDescription = {
      ...{ id, name: null, diskFormat: 'raw', size, virtualSize: null },
      ...{ hashAlgorithm: 'sha256', hash },
    };
    return Promise.resolve(described);
  },
  fetchTo: (id, into) => {
    const path = join(into, hashOf(id));
    if (!existsSync(path)) {
      writeFileSync(path, Buffer.alloc(size));
    }
    return Promise.resolve(path);
  },
};

const warnings: string[] = [];
const logger = { warn: (_: object, message: string) => warnings.push(message) } as never;
const cacheOf = (maxBytes: number): ImageCache =>
  new ImageCache(images, { directory, maxBytes, logger });

const kept = (): string[] =>
  ['a', 'b', 'c'].filter((id) => existsSync(join(directory, hashOf(id))));

test('the least recently used goes first, what is in use stays', async () => {
  const cache = cacheOf(2 * size);
  const a = await cache.fetch('a');
  const b = await cache.fetch('b');
  b.release();
  await cache.fetch('c');
  expect(kept()).toEqual(['a', 'c']);
  a.release();
  a.release();
  await cache.fetch('b');
  expect(kept()).toEqual(['b', 'c']);
});

test('an image larger than the bound is kept as long as it is needed', async () => {
  const cache = cacheOf(1);
  const a = await cache.fetch('a');
  expect(kept()).toEqual(['a']);
  a.release();
  await vi.waitUntil(() => kept().length === 0, { timeout: 20_000 });
});

test('a lowered bound is enforced at the start, and again when an image is released', async () => {
  const before = cacheOf(3 * size);
  for (const id of ['a', 'b', 'c']) {
    (await before.fetch(id)).release();
  }
  const cache = cacheOf(size);
  await cache.shrink();
  expect(kept()).toEqual(['c']);
  const [a, b] = [await cache.fetch('a'), await cache.fetch('b')];
  expect(kept()).toEqual(['a', 'b']);
  a.release();
  await vi.waitUntil(() => kept().length === 1, { timeout: 20_000 });
  expect(kept()).toEqual(['b']);
  b.release();
});

test('an image that goes before it was pinned is fetched again', async () => {
  const cache = cacheOf(size);
  (await cache.fetch('a')).release();
  const paths = await Promise.all([cache.fetch('b'), cache.fetch('a')]);
  expect(kept()).toEqual(['a', 'b']);
  paths.forEach((image) => {
    image.release();
  });
  await vi.waitUntil(() => kept().length === 1, { timeout: 20_000 });
});

test('a cache that stays above its bound is reported once, until it fits again', async () => {
  warnings.length = 0;
  const cache = cacheOf(2 * size);
  const used = await Promise.all([cache.fetch('a'), cache.fetch('b')]);
  expect(warnings).toEqual([]);
  used.push(await cache.fetch('c'), await cache.fetch('d'));
  expect(warnings).toEqual([expect.stringContaining('above its bound')]);
  used.forEach((image) => {
    image.release();
  });
  const last = await cache.fetch('e');
  expect(warnings).toHaveLength(1);
  last.release();
  await Promise.all(['a', 'b', 'c'].map((id) => cache.fetch(id)));
  await cache.fetch('f');
  expect(warnings).toHaveLength(2);
});
