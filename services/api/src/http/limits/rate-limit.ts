import { LRUCache } from 'lru-cache';
import { atMost } from './at-most.js';

export interface Rate {
  /** Events at once from a key that was idle. */
  readonly burst: number;
  readonly perSecond: number;
  /** Keys that are remembered; beyond them the one that is longest unused is forgotten. */
  readonly maxKeys: number;
}

/**
 * Events per key: a token bucket, written as the generic cell rate algorithm. Of a key it keeps one number, when its
 * bucket is full again, so that no flood makes it grow.
 */
export class RateLimit {
  private readonly fullAt: LRUCache<string, number>;
  private readonly intervalMs: number;

  constructor(
    private readonly rate: Rate,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.fullAt = new LRUCache(atMost(rate.maxKeys));
    this.intervalMs = 1000 / rate.perSecond;
  }

  /** How long until an event of the key is within the rate, ms; 0 when it is now. Counts nothing. */
  waitMs(key: string): number {
    const now = this.now();
    const fullAt = this.fullAt.get(key) ?? now;
    return Math.max(0, fullAt - now - (this.rate.burst - 1) * this.intervalMs);
  }

  /** Counts an event, also one that has to wait: later ones then wait longer. */
  count(key: string): void {
    this.fullAt.set(key, Math.max(this.fullAt.get(key) ?? 0, this.now()) + this.intervalMs);
  }

  /** Takes back one event that was counted. */
  forgive(key: string): void {
    const fullAt = this.fullAt.get(key);
    if (fullAt !== undefined) {
      this.fullAt.set(key, fullAt - this.intervalMs);
    }
  }
}
