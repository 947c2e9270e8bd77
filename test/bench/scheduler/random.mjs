// The same numbers in every run, so that two runs measure the same.
export function seeded(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit) => Math.floor(next() * limit);
  let uuids = 0;
  /** As random as is needed: schedulers take their turn by the first eight digits. */
  const uuid = () => {
    uuids += 1;
    const first = below(2 ** 32)
      .toString(16)
      .padStart(8, '0');
    return `${first}-0000-4000-8000-${uuids.toString(16).padStart(12, '0')}`;
  };
  return { next, below, pick: (list) => list[below(list.length)], uuid };
}
