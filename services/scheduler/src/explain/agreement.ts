const ofMany: Readonly<Record<string, string>> = {
  is: 'are',
  was: 'were',
  has: 'have',
  does: 'do',
  lacks: 'lack',
  rests: 'rest',
  shares: 'share',
  belongs: 'belong',
  'shares its': 'share their',
};

const verb = new RegExp(`^(?:shares its|${Object.keys(ofMany).join('|')})\\b`);

/** A filter's reason, which speaks of one node, made to speak of `count` nodes: `is in use` → `are in use`. */
export const agreeing = (reason: string, count: number): string =>
  count === 1 ? reason : reason.replace(verb, (one) => ofMany[one] ?? one);
