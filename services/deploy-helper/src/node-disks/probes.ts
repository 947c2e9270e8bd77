const most = 32;
const longest = 64 * 1024;

/**
 * Places that show whether a discard really cleared the disk, as `offset:length …`: small samples, evenly spread over
 * the data of the node's newest written deployment. `extents` has the same form.
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
