export interface Refused<T> {
  /** In the order in which they are to be tried again: those that were refused alone come last. */
  readonly items: readonly T[];
  /** What was said of the first of them. */
  readonly error: unknown;
}

/**
 * Writes all at once, and where that is refused for what may concern one of them, each half by itself, and so on: at most 2 log n writes
 * more, so that of several that are refused some may take others with them until the next time. `write` must be idempotent. Rejects as
 * `write` does when nothing can be written.
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
