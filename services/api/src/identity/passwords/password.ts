import { randomBytes, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { PasswordPool } from './password-pool.js';

const cost = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 ** 2 };
const keyBytes = 32;
const saltBytes = 16;

/** A hash of no known password. Verifying against it takes as long as against any other. */
export const hashOfNobody = (): string => written(randomBytes(saltBytes), randomBytes(keyBytes));

/** Hashes passwords and compares them with hashes, in the pool's threads. */
@Injectable()
export class Passwords {
  constructor(@Inject(PasswordPool) private readonly pool: PasswordPool) {}

  /** Returns `scrypt$N$r$p$salt$key`, with a new salt. */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(saltBytes);
    const key = await this.pool.derive({ password, salt, keyBytes, options: cost }, 'urgent');
    return written(salt, key);
  }

  /**
   * Whether the password has this hash. Right and wrong passwords take the same time. `urgent`: goes before those that
   * are not.
   */
  async verify(password: string, hash: string, { urgent = false } = {}): Promise<boolean> {
    const [scheme, N, r, p, salt = '', key = ''] = hash.split('$');
    if (scheme !== 'scrypt') {
      return false;
    }
    const options = { N: Number(N), r: Number(r), p: Number(p), maxmem: cost.maxmem };
    const expected = Buffer.from(key, 'base64');
    const work = { password, salt: Buffer.from(salt, 'base64'), keyBytes, options };
    const actual = await this.pool.derive(work, urgent ? 'urgent' : 'ordinary');
    return expected.length === actual.length && timingSafeEqual(actual, expected);
  }
}

function written(salt: Uint8Array, key: Uint8Array): string {
  const base64 = [salt, key].map((bytes) => Buffer.from(bytes).toString('base64'));
  return ['scrypt', cost.N, cost.r, cost.p, ...base64].join('$');
}
