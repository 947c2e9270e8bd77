interface KeyRuns {
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
  private readonly runs = new Map<string, KeyRuns>();

  constructor(
    private readonly keyOf: (target: T) => string,
    private readonly work: (target: T) => Promise<void>,
  ) {}

  /** Rejects with the error of the run that it waited for. */
  run(target: T): Promise<void> {
    const ofKey = this.runs.get(this.keyOf(target));
    if (ofKey === undefined) {
      return this.begin(target);
    }
    ofKey.following ??= ofKey.current.then(
      () => this.begin(target),
      () => this.begin(target),
    );
    return ofKey.following;
  }

  private begin(target: T): Promise<void> {
    const ofKey: KeyRuns = { current: this.workThenForget(target) };
    this.runs.set(this.keyOf(target), ofKey);
    return ofKey.current;
  }

  private async workThenForget(target: T): Promise<void> {
    const key = this.keyOf(target);
    try {
      await this.work(target);
    } finally {
      if (this.runs.get(key)?.following === undefined) {
        this.runs.delete(key);
      }
    }
  }
}
