/** Options that bound an LRUCache. Its own option `max` allocates memory for all entries at once: 0.4 MB for 10,000. */
export const atMost = (
  entries: number,
): { readonly maxSize: number; readonly sizeCalculation: () => number } => ({
  maxSize: entries,
  sizeCalculation: () => 1,
});
