import { LRUCache } from 'lru-cache';
import { atMost } from './at-most.js';

export interface Rate {
  /** Events at once from a key that was idle. */
  readonly burst: number;
  readonly perSecond: number;
  /** How many keys are remembered; beyond that the least recently used key is forgotten. */
  readonly maxKeys: number;
}

/**
 * Limits events per key: a token bucket in the form of the generic cell rate algorithm. For each key it stores one
 * number, the time at which the bucket is full, so a flood cannot make it grow.
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

  /** How long until an event of the key is within the rate, in ms; 0 for now. Counts nothing. */
  waitMs(key: string): number {
    const now = this.now();
    const fullAt = this.fullAt.get(key) ?? now;
    return Math.max(0, fullAt - now - (this.rate.burst - 1) * this.intervalMs);
  }

  /** Counts an event, also one that has to wait: later events then wait longer. */
  count(key: string): void {
    this.fullAt.set(key, Math.max(this.fullAt.get(key) ?? 0, this.now()) + this.intervalMs);
  }

  /** Uncounts one event. */
  forgive(key: string): void {
    const fullAt = this.fullAt.get(key);
    if (fullAt !== undefined) {
      this.fullAt.set(key, fullAt - this.intervalMs);
    }
  }
}
