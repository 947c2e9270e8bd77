import { LRUCache } from 'lru-cache';
import { expect, test } from 'vitest';
import { atMost } from './at-most.js';

test('the entry goes that is longest unused', () => {
  const cache = new LRUCache<string, number>(atMost(2));
  cache.set('a', 1).set('b', 2).set('a', 3);
  cache.get('b');
  cache.set('c', 4);
  expect([...cache.keys()]).toEqual(['c', 'b']);
});

test('neither what was not found nor what was found twice takes a place', async () => {
  const fetchMethod = (key: string) => Promise.resolve(key === 'none' ? undefined : key);
  const cache = new LRUCache<string, string>({ ...atMost(2), fetchMethod });
  await Promise.all(['a', 'a', 'b'].map((key) => cache.fetch(key)));
  expect([cache.size, cache.calculatedSize]).toEqual([2, 2]);
  expect(await cache.fetch('none')).toBeUndefined();
  expect([...cache.keys()]).not.toContain('none');
});
