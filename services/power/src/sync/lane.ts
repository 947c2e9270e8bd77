/**
 * Runs tasks in the order in which they came, at most `width` at once. A task that rejects is reported and does not
 * stop others.
 */
export class Lane {
  private readonly waiting: (() => Promise<void>)[] = [];
  private active = 0;
  private idle: (() => void)[] = [];

  constructor(
    private readonly width: number,
    private readonly onRejection: (error: unknown) => void,
  ) {}

  add(task: () => Promise<void>): void {
    this.waiting.push(task);
    this.next();
  }

  /** Drops the tasks that have not begun, and settles when the running ones have ended. */
  async drain(): Promise<void> {
    this.waiting.length = 0;
    if (this.active > 0) {
      await new Promise<void>((resolve) => {
        this.idle.push(resolve);
      });
    }
  }

  private next(): void {
    while (this.active < this.width) {
      const task = this.waiting.shift();
      if (task === undefined) {
        return;
      }
      this.active += 1;
      task()
        .catch(this.onRejection)
        .finally(() => {
          this.active -= 1;
          this.next();
          if (this.active === 0) {
            for (const resolve of this.idle.splice(0)) {
              resolve();
            }
          }
        });
    }
  }
}
