/** Wakes those who wait for a node's deployment to change. It says only that something may have: look at the row. */
export class DeploymentNews {
  private readonly waiting = new Map<string, Set<() => void>>();
  private closed = false;

  /** Nobody shall wait any more. */
  get over(): boolean {
    return this.closed;
  }

  /** Begin to listen before reading the row, so that no change falls between. */
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

  /** False: nobody here waits for it. */
  tell(node: string): boolean {
    const ears = this.waiting.get(node) ?? [];
    for (const ear of ears) {
      ear();
    }
    return this.waiting.has(node);
  }

  /** News may have been missed. */
  tellAll(): void {
    for (const node of this.waiting.keys()) {
      this.tell(node);
    }
  }

  /** Ends all waiting, now and later. */
  close(): void {
    this.closed = true;
    this.tellAll();
  }
}

export interface Ear {
  /** Resolves at the next news (of since the last call), when the time is over, or on `signal`. */
  until(timeoutMs: number, signal?: AbortSignal): Promise<void>;
  close(): void;
}
