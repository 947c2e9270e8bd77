export interface RetryPolicy {
  /** Pause before each further try; the last one repeats. */
  readonly delaysMs: readonly number[];
  /** Tries in all, after which a message is dead. */
  readonly tries: number;
}

/** About half an hour, mostly for a database that is away. */
export const defaultRetry: RetryPolicy = { delaysMs: [1_000, 5_000, 30_000, 300_000], tries: 10 };
