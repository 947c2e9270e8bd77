import { backoff } from '@metalcast/work';

const rests = { shortestMs: 1_000, longestMs: 10_000 };
/** Which are remembered at once: far more than a process can have in hand. */
const capacity = 1_000;

/**
 * Messages that could not even be dead-lettered, by digest, with the number of failures. The number decides how long a
 * message is paused before it is given back.
 */
export class StuckMessages {
  readonly #failures = new Map<string, number>();

  get any(): boolean {
    return this.#failures.size > 0;
  }

  /** Counts one more failure; returns the number. */
  failed(digest: string): number {
    const failures = (this.#failures.get(digest) ?? 0) + 1;
    this.#failures.delete(digest);
    this.#failures.set(digest, failures);
    if (this.#failures.size > capacity) this.#forgetOldest();
    return failures;
  }

  forget(digest: string): void {
    this.#failures.delete(digest);
  }

  #forgetOldest(): void {
    for (const oldest of this.#failures.keys()) {
      this.#failures.delete(oldest);
      return;
    }
  }
}

/** Before the message is given back for the nth time: 1 s, 2 s, 4 s … 10 s. */
export const restMs = (failures: number): number => backoff(failures, rests);
