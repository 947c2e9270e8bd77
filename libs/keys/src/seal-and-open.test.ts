import { Fault } from '@metalcast/domain';
import { CompactEncrypt } from 'jose';
import { expect, test } from 'vitest';
import { publicHalf, type JwkFile } from './jwk-file.js';
import { KeySet } from './key-set.js';
import { newKeys, withNewKey } from './make-keys.js';
import { Opener, sealedTo } from './opener.js';
import { Sealer } from './sealer.js';

const owner = 'nodes.pm_secret:1';
const pair = newKeys('bmc');
const sealerOf = (keys: JwkFile): Sealer => new Sealer({ keys: new KeySet(publicHalf(keys)) });
const openerOf = (keys: JwkFile): Opener => new Opener({ keys: new KeySet(keys) });
const sealer = sealerOf(pair);
const opener = openerOf(pair);

async function reasonOf(sealed: string, by = opener): Promise<unknown> {
  const error = await by.open(owner, sealed).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(Fault);
  expect((error as Fault).code).toBe('SECRET_UNREADABLE');
  return (error as Fault).details['reason'];
}

test.each(['', 'geheim', 'ü'.repeat(65_535)])(
  'what is sealed opens with the private key (%#)',
  async (plain) => {
    const sealed = await sealer.seal(owner, plain);
    expect(sealed).not.toBe(await sealer.seal(owner, plain));
    expect(await opener.open(owner, sealed)).toBe(plain);
  },
);

test('whoever seals can open nothing, not even by force', async () => {
  const sealed = await sealer.seal(owner, 'geheim');
  const publicOpener = openerOf(publicHalf(pair));
  expect(await reasonOf(sealed, publicOpener)).toBe('it is damaged');
});

test('the secret of another row, of another key, and none at all have their reasons', async () => {
  const moved = await sealer.seal('nodes.pm_secret:2', 'geheim');
  expect(await reasonOf(moved)).toBe('it is the secret of another row or column');
  const foreign = await sealerOf(newKeys('bmc')).seal(owner, 'geheim');
  expect(await reasonOf(foreign)).toMatch(/a key that this process does not have/);
  for (const odd of ['', 'v1:AAAA', '....', 'geheim', '\0', 'e30.e30.e30.e30.e30']) {
    expect(await reasonOf(odd), odd).toBe('it is not sealed as this release does it');
  }
});

test('whatever is changed or cut off, it does not open', async () => {
  const sealed = await sealer.seal(owner, 'geheim');
  // Of the last character only the first two bits count.
  for (let place = 0; place < sealed.length - 1; place += 7) {
    const other = sealed[place] === 'A' ? 'B' : 'A';
    await reasonOf(sealed.slice(0, place) + other + sealed.slice(place + 1));
    await reasonOf(sealed.slice(0, place));
  }
});

test('a huge one is refused unread', async () => {
  const [head = ''] = (await sealer.seal(owner, 'geheim')).split('.');
  expect(await reasonOf(`${head}.${'A'.repeat(50_000_000)}`)).toMatch(/longer than/);
});

test('nothing but the one form is opened, though it were sealed to the right key', async () => {
  const key = new KeySet(publicHalf(pair)).at(0);
  const made = (header: { alg: string; enc: string; [more: string]: unknown }): Promise<string> =>
    new CompactEncrypt(Buffer.from('geheim'))
      .setProtectedHeader({ kid: key.kid, sub: owner, ...header })
      .encrypt(key.key);
  for (const header of [
    { alg: 'ECDH-ES+A256KW', enc: 'A256GCM' },
    { alg: 'ECDH-ES', enc: 'A128GCM' },
    { alg: 'ECDH-ES', enc: 'A256GCM', typ: 'x' },
  ]) {
    expect(await reasonOf(await made(header))).toBe('it is not sealed as this release does it');
  }
});

test('after a rotation the new key seals from its time on, and the old one still opens', async () => {
  const before = await sealer.seal(owner, 'old');
  const [first] = pair.keys;
  const waiting = withNewKey(pair, new Date(Date.now() + 60_000));
  expect(sealedTo(await sealerOf(waiting).seal(owner, 'x'))).toBe(first?.kid);
  const rotated = withNewKey(pair, new Date(Date.now() - 2000));
  const after = await sealerOf(rotated).seal(owner, 'new');
  expect(sealedTo(after)).toBe(rotated.keys[0]?.kid);
  expect(sealedTo(after)).not.toBe(first?.kid);
  expect(await openerOf(rotated).open(owner, before)).toBe('old');
  expect(await openerOf(rotated).open(owner, after)).toBe('new');
});
