export interface Refused<T> {
  /** In the order in which they must be tried again: items that were refused alone come last. */
  readonly items: readonly T[];
  /** The error of the first of them. */
  readonly error: unknown;
}

/**
 * Writes all items at once. If the write is refused for a reason that may concern one item, it writes each half by
 * itself, and so on: at most 2 log n more writes. Because of this limit, with several bad items some good ones are
 * returned for the next time. `write` must be idempotent. Rejects as `write` does when nothing can be written.
 */
export async function writeHalving<T>(
  items: readonly T[],
  write: (part: readonly T[]) => Promise<void>,
  mayConcernOne: (error: unknown) => boolean,
): Promise<Refused<T>> {
  const waiting = [items];
  const together: T[] = [];
  const alone: T[] = [];
  let error: unknown;
  let splits = Math.ceil(Math.log2(Math.max(items.length, 1)));
  for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
    try {
      await write(part);
    } catch (refusal) {
      if (!mayConcernOne(refusal)) {
        throw refusal;
      }
      error ??= refusal;
      if (part.length === 1) {
        alone.push(...part);
      } else if (splits === 0) {
        together.push(...part);
      } else {
        splits -= 1;
        const middle = Math.ceil(part.length / 2);
        waiting.push(part.slice(middle), part.slice(0, middle));
      }
    }
  }
  return { items: [...together, ...alone], error };
}
