import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { Jwk, JwkFile, PrivateJwk } from './jwk-file.js';
import { purposes, type Purpose } from './key-holders.js';

/** A new set with one key, in use at once. */
export const newKeys = (purpose: Purpose): JwkFile => ({ purpose, keys: [newKey(purpose)] });

/** A new key before the others, in use from `from` on. The others still open. */
export const withNewKey = ({ purpose, keys }: JwkFile, from: Date): JwkFile => ({
  purpose,
  keys: [{ ...newKey(purpose), nbf: Math.floor(from.getTime() / 1000) }, ...keys],
});

/** Without the keys that came before the one in use at `now`. */
export function withoutFormer({ purpose, keys }: JwkFile, now: Date): JwkFile {
  const current = keys.findIndex(({ nbf = 0 }) => nbf * 1000 <= now.getTime());
  return { purpose, keys: current === -1 ? keys : keys.slice(0, current + 1) };
}

function newKey(purpose: Purpose): Jwk {
  const kid = `${purpose}-${new Date().toISOString().slice(0, 10)}-${randomBytes(4).toString('hex')}`;
  if (purposes[purpose].kind === 'secret') {
    return { kid, kty: 'oct', k: randomBytes(32).toString('base64url') };
  }
  const { x, d } = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' });
  return { kid, kty: 'OKP', crv: 'X25519', x, d } as PrivateJwk;
}
