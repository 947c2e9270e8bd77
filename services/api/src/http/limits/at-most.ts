/**
 * Bounds an LRUCache. Its own `max` takes the memory of all entries at once, 0.4 MB for 10,000, before there is one.
 */
export const atMost = (
  entries: number,
): { readonly maxSize: number; readonly sizeCalculation: () => number } => ({
  maxSize: entries,
  sizeCalculation: () => 1,
});
