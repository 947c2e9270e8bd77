const most = 32;
const longest = 64 * 1024;

/**
 * Places at which a discard that did nothing shows, as `offset:length …`: where the node's newest deployment that was written has
 * its data, `extents` in the same form. Evenly drawn from all, a little of each.
 */
export function probesOf(extents: string): string {
  const all = extents
    .split(' ')
    .filter((extent) => extent !== '')
    .map((extent) => extent.split(':').map(Number))
    .toSorted(([one = 0], [other = 0]) => one - other);
  const every = Math.max(1, Math.ceil(all.length / most));
  return all
    .filter((_, index) => index % every === 0)
    .map(([offset = 0, length = 0]) => `${offset}:${Math.min(length, longest)}`)
    .join(' ');
}
