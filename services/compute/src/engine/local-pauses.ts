import { pauseMs } from './surprise.js';

interface LocalPause {
  readonly failures: number;
  /** By performance.now(). */
  readonly until: number;
}

const mostRemembered = 10_000;

/** An operation was woken while it rests. The message that woke it may come again. */
export class OperationPaused extends Error {
  override readonly name = 'OperationPaused';

  constructor(id: string) {
    super(`operation ${id} rests: the database took nothing of its last turn`);
  }
}

/**
 * Pauses of operations whose rows cannot be written, so that a pause cannot stand there. Each is longer than the one before. Only
 * this process keeps them: it is the writes of this process that fail.
 */
export class LocalPauses {
  private readonly pauses = new Map<string, LocalPause>();

  constructor(private readonly most = mostRemembered) {}

  /** One turn more of the operation could not be written. */
  begin(id: string): void {
    const failures = (this.pauses.get(id)?.failures ?? 0) + 1;
    this.pauses.delete(id);
    this.pauses.set(id, { failures, until: performance.now() + pauseMs(failures) });
    const [oldest] = this.pauses.keys();
    if (this.pauses.size > this.most && oldest !== undefined) {
      this.pauses.delete(oldest);
    }
  }

  isPaused(id: string): boolean {
    return performance.now() < (this.pauses.get(id)?.until ?? 0);
  }

  /** The operation has had a good turn. */
  forget(id: string): void {
    this.pauses.delete(id);
  }
}
