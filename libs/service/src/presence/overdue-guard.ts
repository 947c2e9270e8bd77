import type { ClockJump } from './clock-jump.js';

interface PatienceOptions {
  /** Longest time between two calls of `tick` while the database answers. */
  readonly everyMs: number;
  /** How long others get to show that they are alive. */
  readonly graceMs: number;
  /** Moves the stored deadlines that the clock has jumped over. Idempotent, whichever processes saw the jump. */
  readonly moveDeadlines?: (jump: ClockJump) => Promise<void>;
}

/** More are not remembered. */
const mostJumps = 20;

/**
 * Keeps a sweeper from judging the work of others overdue because the sweeper itself was away. After its own start, a
 * gap between its own looks (it hung, or the database was down) or a jump of the database's clock, others first get
 * their time: they may have been away as well. Time that the clock jumps over is nobody's time: deadlines move with it.
 */
export class OverdueGuard {
  private lookedAt = -Infinity;
  private judgeFrom = Infinity;
  /** From this time on, leases are judged by the clock again. */
  private steadyFrom = Infinity;
  /** The last reading of the database's clock, and this process's own clock at that moment. */
  private reading: { readonly clock: number; readonly at: number } | undefined;
  /** Oldest first. */
  private seen: readonly ClockJump[] = [];
  private unsettled: ClockJump[] = [];

  constructor(private readonly options: PatienceOptions) {}

  /** The jumps of the database's clock that this process has seen, oldest first. */
  get jumps(): readonly ClockJump[] {
    return this.seen;
  }

  /** The database has answered; `clock`: its time at that moment. */
  tick(clock?: Date): void {
    const now = performance.now();
    const graceEnds = now + this.options.graceMs;
    if (this.hasHole(now, clock) || this.wentBack(now, clock)) {
      this.judgeFrom = graceEnds;
    }
    if (clock !== undefined) {
      this.read(clock, now, graceEnds);
    }
    this.lookedAt = now;
  }

  /**
   * Whether work that is overdue by the database's `clock` may be judged overdue. Not before the deadlines have moved
   * that it jumped over.
   */
  canDeclareOverdue(clock?: Date): boolean {
    const now = performance.now();
    return now >= this.judgeFrom && this.unsettled.length === 0 && !this.hasHole(now, clock);
  }

  /**
   * Whether the database's clock was read, and did not jump, for as long as others need to renew their leases. A
   * process that has just started cannot know whether the clock jumped before.
   */
  isClockSteady(): boolean {
    return performance.now() >= this.steadyFrom;
  }

  /** What the database's clock shows unless it has jumped, for a statement that judges by it. Undefined: unknown. */
  clockWithin(): { readonly from: Date; readonly to: Date } | undefined {
    const expected = this.expected(performance.now());
    return expected === undefined
      ? undefined
      : { from: new Date(expected - this.mostMs), to: new Date(expected + this.mostMs) };
  }

  /** Moves the deadlines that the clock has jumped over since the last call. To be called before each look. */
  async settleJumps(): Promise<void> {
    for (let [jump] = this.unsettled; jump !== undefined; [jump] = this.unsettled) {
      await this.options.moveDeadlines?.(jump);
      this.unsettled.shift();
    }
  }

  private read(clock: Date, at: number, graceEnds: number): void {
    if (this.reading === undefined) {
      this.steadyFrom = graceEnds;
    } else if (this.hasJumped(at, clock)) {
      this.steadyFrom = graceEnds;
      this.note(this.reading.clock, this.aheadMs(at, clock));
    } else if (this.wentBack(at, clock)) {
      this.steadyFrom = graceEnds;
    }
    // A clock that went ahead by mistake is set back: what is stored from now on is older than `to`, but not jumped.
    this.seen = this.seen.filter(({ to }) => to <= clock);
    this.reading = { clock: clock.getTime(), at };
  }

  /** The jump came after the last reading. From there on all that was stored before it is older than `to`. */
  private note(from: number, aheadMs: number): void {
    const jump = { from: new Date(from), to: new Date(from + aheadMs) };
    this.seen = [...this.seen, jump].slice(-mostJumps);
    if (this.options.moveDeadlines !== undefined) {
      this.unsettled.push(jump);
    }
  }

  private hasHole(now: number, clock: Date | undefined): boolean {
    const sinceMs = now - this.lookedAt - this.options.everyMs;
    return sinceMs > this.mostMs || this.hasJumped(now, clock);
  }

  /** Whether the database's clock has moved ahead of this process's. */
  private hasJumped(now: number, clock: Date | undefined): boolean {
    return clock !== undefined && this.aheadMs(now, clock) > this.mostMs;
  }

  /** Leases that the living have not renewed since look like those of the dead. */
  private wentBack(now: number, clock: Date | undefined): boolean {
    return clock !== undefined && this.aheadMs(now, clock) < -this.mostMs;
  }

  private aheadMs(now: number, clock: Date): number {
    return clock.getTime() - (this.expected(now) ?? clock.getTime());
  }

  private expected(now: number): number | undefined {
    return this.reading === undefined ? undefined : now - this.reading.at + this.reading.clock;
  }

  /**
   * A longer time is a gap, or a jump. It is shorter than the rest of a lease that is renewed three times in its time.
   */
  private get mostMs(): number {
    return this.options.graceMs / 2;
  }
}
