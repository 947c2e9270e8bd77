const periodMs = 60_000;
const leastBytes = 65_536;
const longestMs = 3_600_000;

/**
 * Measures how fast a client takes its file. A client slower than any firmware would hold a slot that others need: the
 * limits are 64 KiB a minute, and an hour in all.
 */
export class Pace {
  private readonly until = performance.now() + longestMs;
  private periodEnds = performance.now() + periodMs;
  private bytesBefore = 0;

  /** `bytes`: what has arrived so far. */
  isTooSlow(bytes: number): boolean {
    const now = performance.now();
    if (now >= this.until) {
      return true;
    }
    if (now < this.periodEnds) {
      return false;
    }
    const slow = bytes - this.bytesBefore < leastBytes;
    this.bytesBefore = bytes;
    this.periodEnds = now + periodMs;
    return slow;
  }
}
