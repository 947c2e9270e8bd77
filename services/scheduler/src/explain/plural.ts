import { ownValue } from '@metalcast/domain';

const ofMany: Readonly<Record<string, string>> = {
  is: 'are',
  was: 'were',
  has: 'have',
  does: 'do',
  lacks: 'lack',
  shares: 'share',
  belongs: 'belong',
  'shares its': 'share their',
};

const verb = new RegExp(`^(?:shares its|${Object.keys(ofMany).join('|')})\\b`);

/** Puts a filter's reason, written for one node, into the plural for `count` nodes: `is in use` → `are in use`. */
export const inNumber = (reason: string, count: number): string =>
  count === 1 ? reason : reason.replace(verb, (one) => ownValue(ofMany, one) ?? one);
