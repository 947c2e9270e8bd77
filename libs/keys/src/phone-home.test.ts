import { expect, test } from 'vitest';
import { Deriver } from './deriver.js';
import { KeySet } from './key-set.js';
import { newKeys, withNewKey } from './make-keys.js';
import { isPhoneHomeToken, phoneHomeToken } from './phone-home.js';

const keys = newKeys('agent');
const derive = (file = keys): Deriver => new Deriver({ keys: new KeySet(file) });
const binding = { instance: 'i', node: 'n', epoch: 4 };

test('a token is good for one server on one node in one epoch, and comes from the key', () => {
  const token = phoneHomeToken(derive(), binding);
  expect(token).toMatch(/^[0-9a-f]{64}$/);
  expect(isPhoneHomeToken(derive(), { ...binding }, token)).toBe(true);
  for (const other of [{ instance: 'j' }, { node: 'm' }, { epoch: 5 }]) {
    expect(isPhoneHomeToken(derive(), { ...binding, ...other }, token)).toBe(false);
  }
  expect(isPhoneHomeToken(derive(newKeys('agent')), binding, token)).toBe(false);
});

test('a token outlives a rotation', () => {
  const token = phoneHomeToken(derive(), binding);
  const rotated = derive(withNewKey(keys, new Date(0)));
  expect(phoneHomeToken(rotated, binding)).not.toBe(token);
  expect(isPhoneHomeToken(rotated, binding, token)).toBe(true);
});
