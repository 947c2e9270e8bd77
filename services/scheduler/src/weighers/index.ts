import { bestFit } from './best-fit.js';
import { freeCapacity } from './free-capacity.js';
import { lastUsed } from './last-used.js';
import { ram } from './ram.js';
import { recentFailures } from './recent-failures.js';
import { softAffinity, softAntiAffinity } from './soft-group.js';
import { powerFeed, rack } from './spread.js';
import type { HostWeigher } from './weigher.js';

export const availableWeighers: readonly HostWeigher[] = [
  bestFit,
  recentFailures,
  softAffinity,
  softAntiAffinity,
  ram,
  freeCapacity,
  rack,
  powerFeed,
  lastUsed,
];

/** A weigher and how much its word counts; negative turns its preference round. */
export interface Weighted {
  readonly weigher: HostWeigher;
  readonly multiplier: number;
}

/** Those that count, by the multipliers that are given and else their own. */
export const weighersWith = (multipliers: Readonly<Record<string, number>>): readonly Weighted[] =>
  availableWeighers
    .map((weigher) => ({
      weigher,
      multiplier: multipliers[weigher.name] ?? weigher.defaultMultiplier,
    }))
    .filter(({ multiplier }) => multiplier !== 0);
