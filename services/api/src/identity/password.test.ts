import { expect, test } from 'vitest';
import { hashPassword, verifyPassword } from './password.js';

test('a password fits its own hash alone', async () => {
  const hash = await hashPassword('correct horse');
  expect(await verifyPassword('correct horse', hash)).toBe(true);
  expect(await verifyPassword('correct horsf', hash)).toBe(false);
  expect(await verifyPassword('', hash)).toBe(false);
});

test('the same password has another hash each time, and is not in it', async () => {
  const [first, second] = await Promise.all([hashPassword('canary'), hashPassword('canary')]);
  expect(first).not.toBe(second);
  expect(first).not.toContain('canary');
});

test('a hash of an unknown form fits nothing', async () => {
  expect(await verifyPassword('x', '')).toBe(false);
  expect(await verifyPassword('x', 'md5$x')).toBe(false);
});
