import { KeySet, newKeys, withNewKey, withoutFormer, type JwkFile } from '@metalcast/keys';
import { expect, test, vi } from 'vitest';
import { Tokens } from './tokens.js';

const grant = { userId: 'u', projectId: 'p', methods: ['password'], passwordTag: 'tag' };
const keys = newKeys('token');
const holderOf = (file: JwkFile = keys): { token: { keys: KeySet } } => ({
  token: { keys: new KeySet(file) },
});
const hour = { tokenHours: 1 };

test('a token is read by every process with the key, and by no other', async () => {
  const { token, claims } = await new Tokens(holderOf(), hour).issue(grant);
  expect(new Tokens(holderOf(), hour).read(token)).toEqual(claims);
  expect(claims).toMatchObject(grant);
  expect(claims.expiresAt.getTime() - claims.issuedAt.getTime()).toBe(3_600_000);
  expect(new Tokens(holderOf(newKeys('token')), hour).read(token)).toBeUndefined();
});

test('an expired, damaged or foreign token says nothing', async () => {
  const tokens = new Tokens(holderOf(), hour);
  const { token } = await tokens.issue(grant, new Date(Date.now() - 2000));
  expect(tokens.read(token)).toBeUndefined();
  const { token: good } = await tokens.issue(grant);
  expect(tokens.read(`${good.slice(0, -3)}AAA`)).toBeUndefined();
  expect(tokens.read('')).toBeUndefined();
  expect(tokens.read('gAAAAABfernet')).toBeUndefined();
});

test('a token does not show what it says', async () => {
  const { token } = await new Tokens(holderOf(), hour).issue({ ...grant, userId: 'canary' });
  const parts = token.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'));
  expect(parts.join()).not.toContain('canary');
});

test('a token that was right once is refused from its end on', async () => {
  const tokens = new Tokens(holderOf(), hour);
  const { token, claims } = await tokens.issue(grant);
  vi.useFakeTimers({ now: claims.expiresAt.getTime() - 1 });
  try {
    expect(tokens.read(token)).toEqual(claims);
    vi.setSystemTime(claims.expiresAt);
    expect(tokens.read(token)).toBeUndefined();
  } finally {
    vi.useRealTimers();
  }
});

test('only the form that we seal is read: no other cipher, no header that was exchanged, no part more', async () => {
  const tokens = new Tokens(holderOf(), hour);
  const { token } = await tokens.issue(grant);
  const [, ...rest] = token.split('.');
  const kid = keys.keys[0]?.kid;
  const header = (fields: object): string =>
    Buffer.from(JSON.stringify(fields)).toString('base64url');
  for (const other of [
    [header({ alg: 'none', kid }), ...rest],
    [header({ alg: 'dir', enc: 'A256GCM' }), ...rest],
    [header({ alg: 'dir', enc: 'A256GCM', kid, zip: 'DEF' }), ...rest],
    [...token.split('.'), ''],
    token.split('.').slice(0, 4),
    ['', '', '', '', ''],
  ]) {
    expect(tokens.read(other.join('.'))).toBeUndefined();
  }
  expect(tokens.read(token + 'x'.repeat(5000))).toBeUndefined();
});

test('tokens outlive a rotation, and end with their key', async () => {
  const holder = holderOf();
  const tokens = new Tokens(holder, hour);
  const before = await tokens.issue(grant);
  const rotated = withNewKey(keys, new Date(Date.now() - 2000));
  holder.token.keys = new KeySet(rotated);
  const after = await tokens.issue(grant);
  expect(tokens.read(before.token)).toEqual(before.claims);
  expect(tokens.read(after.token)).toEqual(after.claims);
  holder.token.keys = new KeySet(withoutFormer(rotated, new Date()));
  expect(tokens.read(before.token)).toBeUndefined();
  expect(tokens.read(after.token)).toEqual(after.claims);
  expect(new Tokens(holderOf(), hour).read(after.token)).toBeUndefined();
});
