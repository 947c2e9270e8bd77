interface PatienceOptions {
  /** How often `look` is called while all is well. */
  readonly everyMs: number;
  /** How long others get to show that they live. */
  readonly graceMs: number;
}

/**
 * Keeps a sweeper from calling others' work overdue because it was itself away. After its own start, or a hole in
 * its own looks (it hung, or the database was away), others first get their time: they may have been away as well.
 */
export class Patience {
  private lookedAt = -Infinity;
  private judgeFrom = Infinity;

  constructor(private readonly options: PatienceOptions) {}

  /** The sweeper has looked. */
  look(): void {
    const now = performance.now();
    if (this.hasHole(now)) {
      this.judgeFrom = now + this.options.graceMs;
    }
    this.lookedAt = now;
  }

  /** Whether what is overdue may be called so. */
  mayJudge(): boolean {
    const now = performance.now();
    return now >= this.judgeFrom && !this.hasHole(now);
  }

  private hasHole(now: number): boolean {
    const { everyMs, graceMs } = this.options;
    return now - this.lookedAt > everyMs + graceMs / 2;
  }
}
