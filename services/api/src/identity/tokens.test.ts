import { newSecretsKey, Secrets } from '@metalcast/db';
import { expect, test } from 'vitest';
import { Tokens } from './tokens.js';

const grant = { userId: 'u', projectId: 'p', methods: ['password'], passwordTag: 'tag' };
const key = newSecretsKey();
const hour = 3_600_000;

test('a token is read by every process with the key, and by no other', async () => {
  const { token, claims } = await new Tokens(new Secrets(key), hour).issue(grant);
  expect(await new Tokens(new Secrets(key), hour).read(token)).toEqual(claims);
  expect(claims).toMatchObject(grant);
  expect(claims.expiresAt.getTime() - claims.issuedAt.getTime()).toBe(hour);
  expect(await new Tokens(new Secrets(newSecretsKey()), hour).read(token)).toBeUndefined();
});

test('an expired, damaged or foreign token says nothing', async () => {
  const tokens = new Tokens(new Secrets(key), hour);
  const { token } = await tokens.issue(grant, new Date(Date.now() - 2000));
  expect(await tokens.read(token)).toBeUndefined();
  const { token: good } = await tokens.issue(grant);
  expect(await tokens.read(`${good.slice(0, -3)}AAA`)).toBeUndefined();
  expect(await tokens.read('')).toBeUndefined();
  expect(await tokens.read('gAAAAABfernet')).toBeUndefined();
});

test('a token does not show what it says', async () => {
  const { token } = await new Tokens(new Secrets(key), hour).issue({ ...grant, userId: 'canary' });
  const parts = token.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'));
  expect(parts.join()).not.toContain('canary');
});
