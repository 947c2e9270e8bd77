import { createHmac, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { atMost } from '../../http/limits/at-most.js';

const remembered = 10_000;
const rightMs = 3_600_000;
/** A password that was tried before it was set is refused for so long. */
const wrongMs = 10_000;

interface Right {
  readonly mac: string;
  /** The stored hash that the password was verified against. */
  readonly hash: string;
}

/**
 * Remembers results of verifications. A client that logs in for every command is not verified each time, and a client
 * that repeats a wrong password causes no new hash. Passwords are kept as an HMAC; only the memory of this process has
 * its key.
 */
@Injectable()
export class RememberedPasswords {
  private readonly key = randomBytes(32);
  private readonly right = new LRUCache<string, Right>({
    ...atMost(remembered),
    ttl: rightMs,
    updateAgeOnGet: true,
  });
  private readonly wrong = new LRUCache<string, true>({ ...atMost(remembered), ttl: wrongMs });

  isKnownWrong(user: string, password: string): boolean {
    return this.wrong.has(this.macOf(user, password));
  }

  /** Whether the password has this hash; undefined when no password with this hash is remembered. */
  isRight(user: string, password: string, hash: string): boolean | undefined {
    const right = this.right.get(user);
    return right?.hash === hash ? right.mac === this.macOf(user, password) : undefined;
  }

  keepRight(user: string, password: string, hash: string): void {
    this.right.set(user, { mac: this.macOf(user, password), hash });
  }

  keepWrong(user: string, password: string): void {
    this.wrong.set(this.macOf(user, password), true);
  }

  private macOf(user: string, password: string): string {
    return createHmac('sha256', this.key)
      .update(`${user.length}:${user}${password}`)
      .digest('base64');
  }
}
