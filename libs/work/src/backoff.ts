interface BackoffOptions {
  readonly shortestMs: number;
  readonly longestMs: number;
}

/** 2^30 ms are twelve days. A power that is infinite would make NaN of a shortest pause of 0. */
const mostDoublings = 30;

/** The pause after attempt 1, 2, 3, …: the shortest one, twice as long each time, then the longest one. */
export const backoff = (attempt: number, { shortestMs, longestMs }: BackoffOptions): number =>
  Math.min(shortestMs * 2 ** Math.min(attempt - 1, mostDoublings), longestMs);
