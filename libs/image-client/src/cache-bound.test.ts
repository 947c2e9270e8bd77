import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CacheBound } from './cache-bound.js';

const names = ['a', 'b', 'c'].map((letter) => letter.repeat(64));
const [oldest = '', older = '', young = ''] = names;
const longAgo = new Date(0);

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'metalcast-cache-'));
  for (const [age, name] of names.entries()) {
    writeFileSync(join(directory, name), 'x'.repeat(10));
    utimesSync(join(directory, name), age, age);
  }
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const bound = (maxBytes: number, isInUse: (hash: string, usedAt: Date) => boolean): CacheBound =>
  new CacheBound({ directory, maxBytes, isInUse, logger: { warn: () => undefined } });

test('the least recently used go first', async () => {
  await bound(10, () => false).makeRoom();
  expect(readdirSync(directory)).toEqual([young]);
});

test('what is used while others are removed stays', async () => {
  let isFirst = true;
  const cache = bound(0, (_, usedAt) => {
    if (isFirst) {
      isFirst = false;
      const now = new Date();
      utimesSync(join(directory, older), now, now);
    }
    return usedAt.getTime() > longAgo.getTime() + 60_000;
  });
  await cache.makeRoom();
  expect(readdirSync(directory)).toEqual([older]);
});

test('what was removed meanwhile is not there to be used', async () => {
  const cache = bound(10, () => false);
  expect(await cache.touch(young)).toBe(true);
  rmSync(join(directory, oldest));
  expect(await cache.touch(oldest)).toBe(false);
});

test('who notes a use while others are removed learns whether it stays', async () => {
  let use: Promise<boolean> | undefined;
  const cache: CacheBound = bound(0, () => {
    use ??= cache.touch(older);
    return false;
  });
  await cache.makeRoom();
  expect(await use).toBe(false);
});
