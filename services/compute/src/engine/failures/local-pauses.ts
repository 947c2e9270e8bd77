import { pauseMs } from './unexpected-errors.js';

interface LocalPause {
  readonly failures: number;
  /** In terms of performance.now(). */
  readonly until: number;
  /** How many turns this process had written when the last turn of this operation failed. */
  readonly writtenBefore: number;
  /**
   * Between the last two failures a turn of another operation was written: an outage does not explain the last failure.
   */
  readonly isOwn: boolean;
  /** The number of such failures since the operation's last good turn. */
  readonly own: number;
}

const mostRemembered = 10_000;
/**
 * One or two such failures may be bad luck: the database was down each time that the operation was tried, and up in
 * between.
 */
const ownMax = 3;

/**
 * An operation was woken during its pause. The message that woke it may be delivered again; the sweep tries the
 * operation after its pause.
 */
export class OperationPaused extends Error {
  override readonly name = 'OperationPaused';

  constructor(id: string) {
    super(`operation ${id} is paused: the database refused its last turn`);
  }
}

/**
 * Pauses of operations whose turns the database refused, so that the row cannot hold the pause. Each pause is longer
 * than the one before. Only this process keeps them, because it is this process whose writes fail. The turns of other
 * operations show whether the database is down or refuses one operation alone: nothing else proves that it takes the
 * writes of a turn.
 */
export class LocalPauses {
  private readonly pauses = new Map<string, LocalPause>();
  private written = 0;
  /** A turn has failed, and none was written since. */
  private isAway = false;

  constructor(private readonly most = mostRemembered) {}

  /**
   * The database refused another turn of the operation. True: other turns were written meanwhile, too often for a
   * database that is down.
   */
  begin(id: string): boolean {
    const before = this.pauses.get(id);
    const failures = (before?.failures ?? 0) + 1;
    const isOwn = before !== undefined && this.written > before.writtenBefore;
    const own = (before?.own ?? 0) + (isOwn ? 1 : 0);
    const until = performance.now() + pauseMs(failures);
    this.pauses.delete(id);
    this.pauses.set(id, { failures, until, writtenBefore: this.written, isOwn, own });
    this.isAway = true;
    const [oldest] = this.pauses.keys();
    if (this.pauses.size > this.most && oldest !== undefined) {
      this.pauses.delete(oldest);
    }
    return isOwn && own >= ownMax;
  }

  isPaused(id: string): boolean {
    return performance.now() < (this.pauses.get(id)?.until ?? 0);
  }

  /** Whether an outage does not explain the operation's failure: the operation is then tried one step at a time. */
  isSuspect(id: string): boolean {
    return (this.pauses.get(id)?.own ?? 0) > 0;
  }

  /** The operations without a good turn since their last failure, oldest first. */
  all(): string[] {
    return [...this.pauses.keys()];
  }

  /** Those of them whose pauses are over. */
  rested(): string[] {
    return this.all().filter((id) => !this.isPaused(id));
  }

  /** The operation has had a good turn. */
  forget(id: string): void {
    this.pauses.delete(id);
  }

  /**
   * A turn of the operation was written, with messages. A turn that only postpones the next look proves nothing: it may
   * fit where nothing else does. Pauses that an outage may explain end now.
   */
  turnWritten(id: string): void {
    this.forget(id);
    this.written += 1;
    if (!this.isAway) {
      return;
    }
    this.isAway = false;
    for (const [other, pause] of this.pauses) {
      if (!pause.isOwn) {
        this.pauses.set(other, { ...pause, until: 0 });
      }
    }
  }
}
