/** Limits how many tasks run at once; the others wait in the order of their arrival. */
export class ConcurrencyLimit {
  private readonly waiting: (() => void)[] = [];
  private running = 0;
  private readonly idle: (() => void)[] = [];

  constructor(private readonly most: number) {}

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.running >= this.most) {
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve);
      });
    } else {
      this.running += 1;
    }
    try {
      return await task();
    } finally {
      this.ended();
    }
  }

  /** Drops the tasks that wait: their `run` never settles. Returns when the running tasks have ended. */
  async drain(): Promise<void> {
    this.waiting.length = 0;
    if (this.running > 0) {
      await new Promise<void>((resolve) => {
        this.idle.push(resolve);
      });
    }
  }

  /** The task that has waited longest takes the place of the one that has ended. */
  private ended(): void {
    const next = this.waiting.shift();
    if (next !== undefined) {
      next();
      return;
    }
    this.running -= 1;
    if (this.running === 0) {
      for (const resolve of this.idle.splice(0)) {
        resolve();
      }
    }
  }
}
