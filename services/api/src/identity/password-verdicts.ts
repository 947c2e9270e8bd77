import { createHmac, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';

const remembered = 10_000;
const rightMs = 10 * 60_000;
/** How late a new password is noticed that was tried before it was set. */
const wrongMs = 10_000;

/**
 * What verifications have told, kept for a while: a client that logs in for every command is not verified anew each
 * time, and one that repeats a wrong password learns nothing that it would have to be hashed for. Passwords are kept as
 * an HMAC by a key that only this process's memory has.
 */
export class PasswordVerdicts {
  private readonly key = randomBytes(32);
  private readonly right = new LRUCache<string, string>({ max: remembered, ttl: rightMs });
  private readonly wrong = new LRUCache<string, true>({ max: remembered, ttl: wrongMs });

  isKnownWrong(user: string, password: string): boolean {
    return this.wrong.has(this.nameOf(user, password));
  }

  /** Whether the password was right for this very hash. */
  isKnownRight(user: string, password: string, hash: string): boolean {
    return this.right.get(this.nameOf(user, password)) === hash;
  }

  keepRight(user: string, password: string, hash: string): void {
    this.right.set(this.nameOf(user, password), hash);
  }

  keepWrong(user: string, password: string): void {
    this.wrong.set(this.nameOf(user, password), true);
  }

  private nameOf(user: string, password: string): string {
    return createHmac('sha256', this.key)
      .update(`${user.length}:${user}${password}`)
      .digest('base64');
  }
}
