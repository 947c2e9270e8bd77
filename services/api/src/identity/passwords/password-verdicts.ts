import { createHmac, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { atMost } from '../../http/limits/at-most.js';

const remembered = 10_000;
const rightMs = 3_600_000;
/** How late a new password is noticed that was tried before it was set. */
const wrongMs = 10_000;

interface Right {
  readonly mac: string;
  /** The stored hash that the password had. */
  readonly hash: string;
}

/**
 * Results of verifications, kept for a while: a client that logs in for every command is not verified anew each
 * time, and one that repeats a wrong password learns nothing that it would have to be hashed for. Passwords are kept as
 * an HMAC by a key that only this process's memory has.
 */
@Injectable()
export class PasswordVerdicts {
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

  /** Whether the password is the one that had this hash; undefined when none is known that had it. */
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
