import { expect, test } from 'vitest';
import { phoneHomeToken } from './phone-home.js';
import { newSecretsKey, Secrets } from './secrets.js';

test('a token is good for one server on one node in one epoch, and comes from the key', () => {
  const key = newSecretsKey();
  const binding = { instance: 'i', node: 'n', epoch: 4 };
  const token = phoneHomeToken(new Secrets(key), binding);
  expect(token).toMatch(/^[0-9a-f]{64}$/);
  expect(phoneHomeToken(new Secrets(key), { ...binding })).toBe(token);
  for (const other of [{ instance: 'j' }, { node: 'm' }, { epoch: 5 }]) {
    expect(phoneHomeToken(new Secrets(key), { ...binding, ...other })).not.toBe(token);
  }
  expect(phoneHomeToken(new Secrets(newSecretsKey()), binding)).not.toBe(token);
});
