import { createPrivateKey, createPublicKey } from 'node:crypto';
import { expect, test } from 'vitest';
import { fingerprintOf, generateKeyPair } from './ssh-key.js';

test('a generated pair belongs together', () => {
  const { privateKey, publicKey } = generateKeyPair('mine');
  const { n = '' } = createPublicKey(createPrivateKey(privateKey)).export({ format: 'jwk' });
  const blob = Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');
  expect(blob.subarray(-384).toString('base64url')).toBe(n);
  expect(fingerprintOf(publicKey)).toMatch(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
});

test.each(['', 'nonsense', 'ssh-rsa AAAA', 'ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIAAA'])(
  '%j is no public key',
  (text) => {
    expect(() => fingerprintOf(text)).toThrow('Keypair data is invalid');
  },
);
