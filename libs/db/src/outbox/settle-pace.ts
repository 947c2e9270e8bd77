/** What is gathered for one statement while little is told: others wait for the streams to be free. */
const shortMs = 10;
/** While much is told nobody's turn comes that soon, and each statement has a commit. */
const longMs = 60;
/** Streams in a second. */
const much = 40;
const windowMs = 1000;

/** How long confirms are gathered before the database is told of them, by how many came lately. */
export class SettlePace {
  private streams = 0;
  private notedAt = 0;

  /** So many streams were told of now, by the monotonic clock. */
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
