import { ConcurrencyLimit } from '@metalcast/work';

/**
 * Runs tasks in the order in which they came, at most `width` at once. A task that rejects is reported and does not
 * stop others.
 */
export class Lane {
  private readonly limit: ConcurrencyLimit;

  constructor(
    width: number,
    private readonly onRejection: (error: unknown) => void,
  ) {
    this.limit = new ConcurrencyLimit(width);
  }

  add(task: () => Promise<void>): void {
    this.limit.run(task).catch(this.onRejection);
  }

  /** Drops the tasks that have not begun, and settles when the running ones have ended. */
  drain(): Promise<void> {
    return this.limit.drain();
  }
}
