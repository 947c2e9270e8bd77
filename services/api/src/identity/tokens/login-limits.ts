import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Fault } from '@metalcast/domain';
import { LRUCache } from 'lru-cache';
import { RateLimit } from '../../http/limits/rate-limit.js';
import { atMost } from '../../http/limits/at-most.js';

const maxKeys = 10_000;
const knownMs = 30 * 24 * 3_600_000;

/** Log-ins that may be under way at once. A thread verifies ten passwords a second or more. */
const mostUnderWay = { strangers: 16, known: 500 };
const mostOfAddress = mostUnderWay.strangers / 2;
const longestTurnMs = 10_000;

export interface LoginAttempt {
  /** This user has logged in from this address before. */
  readonly known: boolean;
  /** Call it once, whether the attempt succeeded or failed. */
  end(right: boolean): void;
}

/**
 * Limits how many passwords may be tried; verifying one takes up to a tenth of a second of CPU. Only wrong passwords
 * count, and those that are being verified.
 *
 * Strangers have three limits: by user and address (one guesser, or a client with an old password, does not use up the
 * share of others behind the same address), by address (many users tried from one address), and by user (guesses from
 * many addresses). A user who has logged in from an address in the last 30 days is not a stranger there: their attempts
 * take turns, so a flood of wrong log-ins, even under their name, does not lock them out. The limits are in the memory
 * of this process: bounded, and lost at a restart.
 */
@Injectable()
export class LoginLimits {
  private readonly perPair = new RateLimit({ burst: 10, perSecond: 1 / 6, maxKeys });
  private readonly perAddress = new RateLimit({ burst: 40, perSecond: 1, maxKeys });
  private readonly perUser = new RateLimit({ burst: 40, perSecond: 1, maxKeys });
  private readonly turns = new RateLimit({ burst: 20, perSecond: 20, maxKeys });
  private readonly known = new LRUCache<string, true>({ ...atMost(maxKeys), ttl: knownMs });
  private readonly underWay = { strangers: 0, known: 0 };
  private readonly strangersOf = new Map<string, number>();

  /** Returns when it is the attempt's turn. Fault TOO_MANY_REQUESTS says how long to wait. */
  async begin(user: string, address: string): Promise<LoginAttempt> {
    const pair = `${address} ${user}`;
    return this.known.has(pair) ? this.beginKnown(pair) : this.beginStranger(pair, user, address);
  }

  private async beginKnown(pair: string): Promise<LoginAttempt> {
    const waitMs = this.turns.waitMs(pair);
    if (waitMs > longestTurnMs || this.underWay.known >= mostUnderWay.known) {
      throw tooMany('Too many log-ins of this user from this address.', Math.max(1000, waitMs));
    }
    this.turns.count(pair);
    this.underWay.known += 1;
    if (waitMs > 0) {
      await pause(waitMs);
    }
    return {
      known: true,
      end: (right) => {
        this.underWay.known -= 1;
        if (right) {
          this.known.set(pair, true);
          this.turns.forgive(pair);
        }
      },
    };
  }

  private beginStranger(pair: string, user: string, address: string): LoginAttempt {
    const limits = [
      [this.perPair, pair],
      [this.perAddress, address],
      [this.perUser, user],
    ] as const;
    const waitMs = Math.max(...limits.map(([limit, key]) => limit.waitMs(key)));
    if (waitMs > 0) {
      throw tooMany('Too many wrong log-ins.', waitMs);
    }
    const ofAddress = this.strangersOf.get(address) ?? 0;
    if (this.underWay.strangers >= mostUnderWay.strangers || ofAddress >= mostOfAddress) {
      throw tooMany('Too many log-ins at the same time.', 1000);
    }
    for (const [limit, key] of limits) {
      limit.count(key);
    }
    this.changeStrangers(address, 1);
    return {
      known: false,
      end: (right) => {
        this.changeStrangers(address, -1);
        if (right) {
          this.known.set(pair, true);
          for (const [limit, key] of limits) {
            limit.forgive(key);
          }
        }
      },
    };
  }

  private changeStrangers(address: string, change: 1 | -1): void {
    this.underWay.strangers += change;
    const now = (this.strangersOf.get(address) ?? 0) + change;
    if (now === 0) {
      this.strangersOf.delete(address);
    } else {
      this.strangersOf.set(address, now);
    }
  }
}

function tooMany(what: string, waitMs: number): Fault {
  const retryAfterSeconds = Math.ceil(waitMs / 1000);
  const reason = `${what} Try again in ${retryAfterSeconds} s.`;
  return new Fault('TOO_MANY_REQUESTS', { reason, retryAfterSeconds });
}
