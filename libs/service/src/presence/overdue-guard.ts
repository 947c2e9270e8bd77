interface PatienceOptions {
  /** Longest time between two calls of `tick` while the database answers. */
  readonly everyMs: number;
  /** How long others get to show that they are alive. */
  readonly graceMs: number;
}

/**
 * Keeps a sweeper from judging the work of others overdue because the sweeper itself was away. After its own start, a
 * gap between its own looks (it hung, or the database was down) or a jump of the database's clock, others first get
 * their time: they may have been away as well.
 */
export class OverdueGuard {
  private lookedAt = -Infinity;
  private judgeFrom = Infinity;
  /** From this time on, leases are judged by the clock again. */
  private steadyFrom = -Infinity;
  /** The database's clock minus this process's. */
  private offset: number | undefined;

  constructor(private readonly options: PatienceOptions) {}

  /** The database has answered; `clock`: its time at that moment. */
  tick(clock?: Date): void {
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

  /** Whether work that is overdue by the database's `clock` may be judged overdue. */
  canDeclareOverdue(clock?: Date): boolean {
    const now = performance.now();
    return now >= this.judgeFrom && !this.hasHole(now, clock);
  }

  /** Whether no jump of the database's clock was seen for as long as others need to renew their leases. */
  isClockSteady(): boolean {
    return performance.now() >= this.steadyFrom;
  }

  /**
   * The upper bound of the database's clock, unless it has jumped: for a statement that judges by the clock. Undefined:
   * unknown.
   */
  clockAtMost(): Date | undefined {
    return this.offset === undefined
      ? undefined
      : new Date(performance.now() + this.offset + this.mostMs);
  }

  private hasHole(now: number, clock: Date | undefined): boolean {
    const sinceMs = now - this.lookedAt - this.options.everyMs;
    return sinceMs > this.mostMs || this.hasJumped(now, clock);
  }

  /** Whether the database's clock has moved ahead of this process's. */
  private hasJumped(now: number, clock: Date | undefined): boolean {
    return (
      clock !== undefined &&
      this.offset !== undefined &&
      clock.getTime() - now - this.offset > this.mostMs
    );
  }

  /**
   * A longer time is a gap, or a jump. It is shorter than the rest of a lease that is renewed three times in its time.
   */
  private get mostMs(): number {
    return this.options.graceMs / 2;
  }
}
