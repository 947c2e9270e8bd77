interface PatienceOptions {
  /** How often `look` is called at least while the database answers. */
  readonly everyMs: number;
  /** How long others get to show that they live. */
  readonly graceMs: number;
}

/**
 * Keeps a sweeper from calling others' work overdue because it was itself away. After its own start, a hole in its own looks (it hung, or
 * the database was away) or a jump of the database's clock others first get their time: they may have been away as well.
 */
export class Patience {
  private lookedAt = -Infinity;
  private judgeFrom = Infinity;
  /** The database's clock less this process's. */
  private offset: number | undefined;

  constructor(private readonly options: PatienceOptions) {}

  /** The database has answered; `clock`: what time it was there. */
  look(clock?: Date): void {
    const now = performance.now();
    if (this.hasHole(now, clock)) {
      this.judgeFrom = now + this.options.graceMs;
    }
    this.lookedAt = now;
    this.offset = clock === undefined ? this.offset : clock.getTime() - now;
  }

  /** Whether what is overdue, by the database's `clock`, may be called so. */
  mayJudge(clock?: Date): boolean {
    const now = performance.now();
    return now >= this.judgeFrom && !this.hasHole(now, clock);
  }

  private hasHole(now: number, clock: Date | undefined): boolean {
    const { everyMs, graceMs } = this.options;
    const most = everyMs + graceMs / 2;
    return now - this.lookedAt > most || this.jumpedMs(now, clock) > most;
  }

  /** By how much the database's clock is further ahead than before. */
  private jumpedMs(now: number, clock: Date | undefined): number {
    return clock === undefined || this.offset === undefined
      ? 0
      : clock.getTime() - now - this.offset;
  }
}
