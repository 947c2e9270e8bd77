import { setTimeout as pause } from 'node:timers/promises';
import { Fault } from '@metalcast/domain';
import { RateLimit, type Rate } from './rate-limit.js';

const usual: Rate = { burst: 200, perSecond: 100, maxKeys: 10_000 };
const longestWaitMs = 2000;
const mostWaiting = 1000;

/**
 * How fast one address is served without a valid token: log-ins, version documents, and all that is refused. What is
 * too fast waits for its turn, so that clients that ask again at each answer are slowed down and those among them with
 * a right password still come to their turn.
 */
export class AnonymousPace {
  private readonly limit: RateLimit;
  private waiting = 0;

  constructor(rate = usual) {
    this.limit = new RateLimit(rate);
  }

  /** Returns when it is the request's turn. Fault: TOO_MANY_REQUESTS when that would be too late. */
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
