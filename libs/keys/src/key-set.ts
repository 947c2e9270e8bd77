import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import type { Jwk, JwkFile, PrivateJwk } from './jwk-file.js';

export interface Key {
  readonly kid: string;
  /** Not used to seal or derive before this time, ms since 1970. */
  readonly from: number;
  readonly key: KeyObject;
}

/** The keys of one purpose in one process, the newest first. */
export class KeySet {
  readonly all: readonly Key[];

  constructor({ keys }: JwkFile) {
    this.all = keys.map((jwk) => ({
      kid: jwk.kid,
      from: (jwk.nbf ?? 0) * 1000,
      key: keyObject(jwk),
    }));
  }

  /**
   * The one to seal to, or to derive from, at the time. A new key waits for its time, so that all processes have it by
   * then; what began before goes on with the key of its beginning.
   */
  at(time: number): Key {
    const key = this.all.find(({ from }) => from <= time) ?? this.all.at(-1);
    if (key === undefined) {
      throw new Error('a key set without keys');
    }
    return key;
  }

  find(kid: string): Key | undefined {
    return this.all.find((key) => key.kid === kid);
  }
}

/** The keys of a running process: another set after its file has changed. */
export interface KeyHolder {
  readonly keys: KeySet;
}

function keyObject(jwk: Jwk): KeyObject {
  if (jwk.kty === 'oct') {
    return createSecretKey(jwk.k, 'base64url');
  }
  const given = { key: { ...(jwk as PrivateJwk) }, format: 'jwk' } as const;
  return 'd' in jwk ? createPrivateKey(given) : createPublicKey(given);
}
