import { ownValue } from '@metalcast/domain';
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

/** A weigher with its multiplier; a negative multiplier reverses the preference. */
export interface Weighted {
  readonly weigher: HostWeigher;
  readonly multiplier: number;
}

/** The weighers with a multiplier other than 0. `multipliers` replace the defaults. */
export const weighersWith = (multipliers: Readonly<Record<string, number>>): readonly Weighted[] =>
  availableWeighers
    .map((weigher) => ({
      weigher,
      multiplier: ownValue(multipliers, weigher.name) ?? weigher.defaultMultiplier,
    }))
    .filter(({ multiplier }) => multiplier !== 0);
