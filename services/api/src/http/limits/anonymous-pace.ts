import { setTimeout as pause } from 'node:timers/promises';
import { Fault } from '@metalcast/domain';
import { RateLimit, type Rate } from './rate-limit.js';

const usual: Rate = { burst: 200, perSecond: 100, maxKeys: 10_000 };
const longestWaitMs = 2000;
const mostWaiting = 1000;

/**
 * Limits the rate of requests without a valid token from one address: log-ins, version documents, and every refusal.
 * Requests beyond the rate wait for their turn. That slows down clients that repeat a request at once, and still serves
 * those with a right password.
 */
export class AnonymousPace {
  private readonly limit: RateLimit;
  private waiting = 0;

  constructor(rate = usual) {
    this.limit = new RateLimit(rate);
  }

  /** Returns when it is the request's turn. Fault TOO_MANY_REQUESTS when the wait would be too long. */
  async turn(address: string): Promise<void> {
    const waitMs = this.limit.waitMs(address);
    if (waitMs > longestWaitMs || (waitMs > 0 && this.waiting >= mostWaiting)) {
      const retryAfterSeconds = Math.ceil(waitMs / 1000);
      const reason = `Too many requests without a valid token. Try again in ${retryAfterSeconds} s.`;
      throw new Fault('TOO_MANY_REQUESTS', { reason, retryAfterSeconds });
    }
    this.limit.count(address);
    if (waitMs > 0) {
      this.waiting += 1;
      await pause(waitMs);
      this.waiting -= 1;
    }
  }
}
