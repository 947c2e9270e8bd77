/** The claim is another's now, or nobody's: stop, and write nothing more. */
export class ClaimLost extends Error {
  override readonly name = 'ClaimLost';
}

/** The service stops; another goes on with what was claimed. */
export class Stopping extends Error {
  override readonly name = 'Stopping';
}

/**
 * What was claimed for a time, and is over with it unless it is renewed. Judged by this process's own clock, for the
 * database may be out of reach. All times are performance.now(); an end is counted from before the database was asked.
 */
export class Lease {
  private readonly ending = new AbortController();
  private expiry: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(private until: number) {
    this.expireInTime();
  }

  /** Aborted with ClaimLost when the lease is past or lost; or with another reason by whoever holds it. */
  get signal(): AbortSignal {
    return this.ending.signal;
  }

  get leftMs(): number {
    return this.until - performance.now();
  }

  /** It lasts until then; an answer that comes late makes it no shorter. */
  renewed(until: number): void {
    this.until = Math.max(this.until, until);
    this.expireInTime();
  }

  /** Ends at once whatever was begun under it. The first reason stays. */
  end(reason: Error = new ClaimLost()): void {
    this.close();
    this.ending.abort(reason);
  }

  /** Nothing is done under it any more, so it does not matter when it is over. To be called whatever the end was. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.expiry);
  }

  private expireInTime(): void {
    clearTimeout(this.expiry);
    if (!this.isClosed) {
      this.expiry = setTimeout(
        () => {
          this.end();
        },
        Math.max(0, this.leftMs),
      );
    }
  }
}
