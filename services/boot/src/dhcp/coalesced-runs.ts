import { setTimeout as delay } from 'node:timers/promises';

/**
 * Runs `work` once for all callers that arrive during the previous run: each caller gets the result of a run that began
 * after the call. A run begins only after a pause as long as the previous run, so that `work` takes at most half of the
 * time.
 */
export class CoalescedRuns<T> {
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
