/**
 * Wakes those who wait for a change of a node's deployment. A signal means only that something may have changed: read
 * the row.
 */
export class DeploymentNews {
  private readonly waiting = new Map<string, Set<() => void>>();
  private closed = false;

  /** True after close: nobody may wait any more. */
  get over(): boolean {
    return this.closed;
  }

  /** Subscribe before reading the row, so that no change is missed in between. */
  listen(node: string): Ear {
    let heard = false;
    let wake: (() => void) | undefined;
    const tell = (): void => {
      heard = true;
      wake?.();
    };
    const ears = this.waiting.get(node) ?? new Set();
    this.waiting.set(node, ears.add(tell));
    return {
      until: async (timeoutMs, signal) => {
        if (heard || this.closed || signal?.aborted === true) {
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
        ears.delete(tell);
        if (ears.size === 0 && this.waiting.get(node) === ears) {
          this.waiting.delete(node);
        }
      },
    };
  }

  /** Returns false when nobody in this process waits for the node. */
  tell(node: string): boolean {
    const ears = this.waiting.get(node) ?? [];
    for (const ear of ears) {
      ear();
    }
    return this.waiting.has(node);
  }

  /** Wakes all, because signals may have been missed. */
  tellAll(): void {
    for (const node of this.waiting.keys()) {
      this.tell(node);
    }
  }

  /** Ends all waits, present and later ones. */
  close(): void {
    this.closed = true;
    this.tellAll();
  }
}

export interface Ear {
  /** Resolves at the next signal (since the last call), after the timeout, or when `signal` aborts. */
  until(timeoutMs: number, signal?: AbortSignal): Promise<void>;
  close(): void;
}
