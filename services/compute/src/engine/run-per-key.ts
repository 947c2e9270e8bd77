interface Flight {
  readonly current: Promise<void>;
  /** Begins when the current run has ended. */
  following?: Promise<void>;
}

/**
 * One run per key at a time in this process. A call during a run resolves when a run that began after the call has
 * ended: that run has seen what woke the caller, whatever the run before had read already. All calls during a run share
 * one further run.
 */
export class RunPerKey<T> {
  private readonly flights = new Map<string, Flight>();

  constructor(
    private readonly keyOf: (target: T) => string,
    private readonly work: (target: T) => Promise<void>,
  ) {}

  /** Rejects with the error of the run that it waited for. */
  run(target: T): Promise<void> {
    const flight = this.flights.get(this.keyOf(target));
    if (flight === undefined) {
      return this.begin(target);
    }
    flight.following ??= flight.current.then(
      () => this.begin(target),
      () => this.begin(target),
    );
    return flight.following;
  }

  private begin(target: T): Promise<void> {
    const flight: Flight = { current: this.workThenForget(target) };
    this.flights.set(this.keyOf(target), flight);
    return flight.current;
  }

  private async workThenForget(target: T): Promise<void> {
    const key = this.keyOf(target);
    try {
      await this.work(target);
    } finally {
      if (this.flights.get(key)?.following === undefined) {
        this.flights.delete(key);
      }
    }
  }
}
