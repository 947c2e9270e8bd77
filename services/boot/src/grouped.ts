import { setTimeout as delay } from 'node:timers/promises';

/**
 * Runs `work` once for all who ask for it while the run before is under way: who asks gets the result of a run that began after.
 * No run begins sooner after the one before than that one took, so that `work` has half of the time at most.
 */
export class Grouped<T> {
  private running: Promise<unknown> = Promise.resolve();
  private next: Promise<T> | undefined;

  constructor(private readonly work: () => Promise<T>) {}

  run(): Promise<T> {
    this.next ??= this.after(this.running);
    return this.next;
  }

  private async after(before: Promise<unknown>): Promise<T> {
    await before;
    const began = performance.now();
    const result = this.work();
    this.next = undefined;
    this.running = result.catch(() => undefined).then(() => delay(performance.now() - began));
    return result;
  }
}
