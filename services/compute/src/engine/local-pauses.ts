import { pauseMs } from './surprise.js';

interface LocalPause {
  readonly failures: number;
  /** By performance.now(). */
  readonly until: number;
  /** How many turns this process had written when the last turn of this operation failed. */
  readonly writtenBefore: number;
  /** Between the last two failures a turn of another operation was written: no outage explains the last one. */
  readonly isOwn: boolean;
  /** How many failures since the operation's last good turn were such ones. */
  readonly own: number;
}

const mostRemembered = 10_000;
/** Once, or twice, may be bad luck: the database was away each time that the operation was tried, and not in between. */
const ownMax = 3;

/** An operation was woken while it rests. The message that woke it may come again; the sweep tries the operation after its pause. */
export class OperationPaused extends Error {
  override readonly name = 'OperationPaused';

  constructor(id: string) {
    super(`operation ${id} rests: the database took nothing of its last turn`);
  }
}

/**
 * Pauses of operations whose turns the database did not take, so that a pause cannot stand in the row. Each is longer than the one
 * before. Only this process keeps them: it is the writes of this process that fail. Whether the database is away, or refuses one
 * operation alone, is told by the turns of others: nothing else proves that it takes what a turn writes.
 */
export class LocalPauses {
  private readonly pauses = new Map<string, LocalPause>();
  private written = 0;
  /** A turn has failed, and none was written since. */
  private isAway = false;

  constructor(private readonly most = mostRemembered) {}

  /**
   * One turn more of the operation could not be written. True: others were written meanwhile, and that too often for a database that is
   * away.
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

  /** Whether no outage explains that the operation failed: it is then tried one step at a time. */
  isSuspect(id: string): boolean {
    return (this.pauses.get(id)?.own ?? 0) > 0;
  }

  /** Those that have had no good turn since their last one failed, the longest ago first. */
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
   * A turn of the operation was written, with messages: one that only puts off its next look may fit where nothing else does. What
   * rests because the database may be away need rest no longer.
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
