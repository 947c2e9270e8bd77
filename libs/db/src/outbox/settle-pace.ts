/** How long confirms are gathered at a low rate: other processes wait for the streams to become free. */
const shortMs = 10;
/** At a high rate a longer wait delays nobody, and each statement costs a commit. */
const longMs = 60;
/** Streams in a second. */
const much = 40;
const windowMs = 1000;

/** How long confirms are gathered before they are written to the database, by their recent rate. */
export class SettlePace {
  private streams = 0;
  private notedAt = 0;

  /** Counts streams that were written now, by the monotonic clock. */
  note(streams: number, now = performance.now()): void {
    this.streams = this.rateAt(now) + streams;
    this.notedAt = now;
  }

  gatherMs(now = performance.now()): number {
    return this.rateAt(now) >= much ? longMs : shortMs;
  }

  private rateAt(now: number): number {
    return this.streams * Math.exp((this.notedAt - now) / windowMs);
  }
}
