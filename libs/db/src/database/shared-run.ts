/** Runs one piece of work at a time. Calls during a run share that run; `again` requests one more run after it. */
export class SharedRun<T = void> {
  private running: Promise<T> | undefined;

  constructor(
    private readonly work: () => Promise<T>,
    private readonly again: () => boolean = () => false,
  ) {}

  /** The run under way. */
  get current(): Promise<T> | undefined {
    return this.running;
  }

  run(): Promise<T> {
    this.running ??= this.begin();
    return this.running;
  }

  /** Of work that sees to its own failures, and is not waited for. */
  start(): void {
    this.run().catch(() => undefined);
  }

  private async begin(): Promise<T> {
    try {
      let result = await this.work();
      while (this.again()) {
        result = await this.work();
      }
      return result;
    } finally {
      this.running = undefined;
    }
  }
}
