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
  /** Leases are told by the clock again. */
  private steadyFrom = -Infinity;
  /** The database's clock less this process's. */
  private offset: number | undefined;

  constructor(private readonly options: PatienceOptions) {}

  /** The database has answered; `clock`: what time it was there. */
  look(clock?: Date): void {
    const now = performance.now();
    const graceEnds = now + this.options.graceMs;
    if (this.hasHole(now, clock)) {
      this.judgeFrom = graceEnds;
    }
    if (this.hasJumped(now, clock)) {
      this.steadyFrom = graceEnds;
    }
    this.lookedAt = now;
    this.offset = clock === undefined ? this.offset : clock.getTime() - now;
  }

  /** Whether what is overdue, by the database's `clock`, may be called so. */
  mayJudge(clock?: Date): boolean {
    const now = performance.now();
    return now >= this.judgeFrom && !this.hasHole(now, clock);
  }

  /** Whether no jump of the database's clock was seen for as long as others need to renew their leases. */
  isClockSteady(): boolean {
    return performance.now() >= this.steadyFrom;
  }

  /** What the database's clock shows at most unless it has jumped, for a statement that judges by it; undefined: nobody knows. */
  clockAtMost(): Date | undefined {
    return this.offset === undefined
      ? undefined
      : new Date(performance.now() + this.offset + this.mostMs);
  }

  private hasHole(now: number, clock: Date | undefined): boolean {
    const sinceMs = now - this.lookedAt - this.options.everyMs;
    return sinceMs > this.mostMs || this.hasJumped(now, clock);
  }

  /** Whether the database's clock is further ahead than before. */
  private hasJumped(now: number, clock: Date | undefined): boolean {
    return (
      clock !== undefined &&
      this.offset !== undefined &&
      clock.getTime() - now - this.offset > this.mostMs
    );
  }

  /** What is longer is a hole, or a jump: less than is left of a lease that is renewed three times in its time. */
  private get mostMs(): number {
    return this.options.graceMs / 2;
  }
}
