/**
 * Wakes those who wait for a change of a node's deployment. A signal means only that something may have changed: read
 * the row.
 */
export class DeploymentSignals {
  private readonly waiting = new Map<string, Set<() => void>>();
  private ended = false;

  /** True after close: nobody may wait any more. */
  get closed(): boolean {
    return this.ended;
  }

  /** Subscribe before reading the row, so that no change is missed in between. */
  listen(node: string): Subscription {
    let heard = false;
    let wake: (() => void) | undefined;
    const notify = (): void => {
      heard = true;
      wake?.();
    };
    const subscriptions = this.waiting.get(node) ?? new Set();
    this.waiting.set(node, subscriptions.add(notify));
    return {
      next: async (timeoutMs, signal) => {
        if (heard || this.ended || signal?.aborted === true) {
          heard = false;
          return;
        }
        await new Promise<void>((resolve) => {
          const end = (): void => {
            clearTimeout(timer);
            signal?.removeEventListener('abort', end);
            resolve();
          };
          const timer = setTimeout(end, timeoutMs);
          wake = end;
          signal?.addEventListener('abort', end, { once: true });
        });
        wake = undefined;
        heard = false;
      },
      close: () => {
        subscriptions.delete(notify);
        if (subscriptions.size === 0 && this.waiting.get(node) === subscriptions) {
          this.waiting.delete(node);
        }
      },
    };
  }

  /** Returns false when nobody in this process waits for the node. */
  notify(node: string): boolean {
    const subscriptions = this.waiting.get(node) ?? [];
    for (const subscription of subscriptions) {
      subscription();
    }
    return this.waiting.has(node);
  }

  /** Wakes all, because signals may have been missed. */
  notifyAll(): void {
    for (const node of this.waiting.keys()) {
      this.notify(node);
    }
  }

  /** Ends all waits, present and later ones. */
  close(): void {
    this.ended = true;
    this.notifyAll();
  }
}

export interface Subscription {
  /** Resolves at the next signal (since the last call), after the timeout, or when `signal` aborts. */
  next(timeoutMs: number, signal?: AbortSignal): Promise<void>;
  close(): void;
}
