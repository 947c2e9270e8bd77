export interface LoopOptions {
  readonly work: () => Promise<void>;
  /** Told why a run failed. The loop goes on. */
  readonly onError: (error: unknown) => void;
  readonly period?: Period;
  /** In place of a period: how long after the end of a run the next one begins by itself. The first one is woken. */
  readonly pauseMs?: () => number;
}

interface Period {
  readonly everyMs: number;
  /** When a period ends during a run: it is skipped, or the work runs again right after. */
  readonly ifRunning: 'skip' | 'again';
}

/**
 * Runs one piece of work again and again: when it is woken and once in a period or after a pause, but never twice at
 * once.
 */
export class Loop {
  private timer: NodeJS.Timeout | undefined;
  private next: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private isDue = false;
  private isStopped = false;

  constructor(private readonly options: LoopOptions) {}

  /** Begins the first period. Idempotent. */
  start(): void {
    const { period } = this.options;
    if (period !== undefined && !this.isStopped) {
      this.timer ??= setInterval(() => {
        if (period.ifRunning === 'again' || this.running === undefined) {
          this.wake();
        }
      }, period.everyMs);
    }
  }

  /** Ends the period; `start` begins another. A run that is under way goes on. */
  pause(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /**
   * Runs now. Any number of calls during a run are one further run: whatever they tell of may have been missed by the
   * present one.
   */
  wake(): void {
    if (!this.isStopped) {
      this.isDue = true;
      this.running ??= this.run();
    }
  }

  /** For good; resolves when the run that is under way has ended. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.pause();
    clearTimeout(this.next);
    await this.running;
  }

  private async run(): Promise<void> {
    clearTimeout(this.next);
    while (this.isDue && !this.isStopped) {
      this.isDue = false;
      await this.runOnce();
    }
    this.running = undefined;
    this.runLater();
  }

  private runLater(): void {
    const { pauseMs } = this.options;
    if (pauseMs !== undefined && !this.isStopped) {
      this.next = setTimeout(() => {
        this.wake();
      }, pauseMs());
    }
  }

  private async runOnce(): Promise<void> {
    try {
      await this.options.work();
    } catch (error) {
      this.options.onError(error);
    }
  }
}
