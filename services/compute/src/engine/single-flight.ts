interface Flight {
  readonly current: Promise<void>;
  /** Begins when the current run has ended. */
  following?: Promise<void>;
}

/**
 * One run per key at a time in this process. A call during a run resolves when a run that began after the call has
 * ended: what woke the caller has then been seen, whatever the run before had read already. Any number of calls during a run are
 * one further run.
 */
export class SingleFlight {
  private readonly flights = new Map<string, Flight>();

  constructor(private readonly work: (key: string) => Promise<void>) {}

  /** Rejects as the run does that it waited for. */
  run(key: string): Promise<void> {
    const flight = this.flights.get(key);
    if (flight === undefined) {
      return this.begin(key);
    }
    flight.following ??= flight.current.then(
      () => this.begin(key),
      () => this.begin(key),
    );
    return flight.following;
  }

  private begin(key: string): Promise<void> {
    const flight: Flight = { current: this.workThenForget(key) };
    this.flights.set(key, flight);
    return flight.current;
  }

  private async workThenForget(key: string): Promise<void> {
    try {
      await this.work(key);
    } finally {
      if (this.flights.get(key)?.following === undefined) {
        this.flights.delete(key);
      }
    }
  }
}
