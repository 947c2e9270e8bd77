import { expect, test } from 'vitest';
import { Deriver } from './deriver.js';
import { KeySet } from './key-set.js';
import { newKeys, withNewKey } from './make-keys.js';

test('what began before a key came into use keeps the secrets of its beginning', () => {
  const keys = newKeys('agent');
  const before = new Deriver({ keys: new KeySet(keys) });
  const change = new Date('2026-11-27T12:00:00Z');
  const after = new Deriver({ keys: new KeySet(withNewKey(keys, change)) });
  const [early, late] = [new Date(change.getTime() - 1), new Date(change.getTime())];
  expect(after.derive(early, 'chap', 'n', 1)).toBe(before.derive(early, 'chap', 'n', 1));
  expect(after.derive(late, 'chap', 'n', 1)).not.toBe(before.derive(late, 'chap', 'n', 1));
  expect(after.deriveAll('chap', 'n', 1)).toEqual([
    after.derive(late, 'chap', 'n', 1),
    after.derive(early, 'chap', 'n', 1),
  ]);
});
