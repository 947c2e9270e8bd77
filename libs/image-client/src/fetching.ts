type Listener = (bytes: number) => void;

/** Returns the path of the fetched file, and reports the number of bytes so far. `signal` ends it. */
type Fetch = (onProgress: Listener, signal: AbortSignal) => Promise<string>;

export interface Waiter {
  /** Aborted when the waiter gives up. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of bytes from now on. */
  readonly onProgress?: Listener | undefined;
}

/** One download, shared by all who want it at the same time. */
class Fetching {
  private readonly waiters = new Set<Waiter>();
  private readonly ending = new AbortController();
  private readonly path: Promise<string>;

  constructor(fetch: Fetch) {
    const onProgress: Listener = (bytes) => {
      for (const waiter of this.waiters) {
        waiter.onProgress?.(bytes);
      }
    };
    this.path = fetch(onProgress, this.ending.signal);
  }

  /** Whether all waiters have given up. */
  get isEnding(): boolean {
    return this.ending.signal.aborted;
  }

  /**
   * Returns the path. A waiter that gives up is rejected at once with its signal's reason; the last one only when the
   * download has ended completely.
   */
  async wait(waiter: Waiter): Promise<string> {
    const { signal } = waiter;
    let leave = (): void => undefined;
    const left = new Promise<void>((resolve) => {
      leave = () => {
        this.remove(waiter);
        resolve();
      };
    });
    this.waiters.add(waiter);
    signal?.addEventListener('abort', leave);
    try {
      await Promise.race([this.path, left]);
    } finally {
      signal?.removeEventListener('abort', leave);
    }
    if (this.isEnding) {
      await this.path.catch(() => undefined);
    }
    signal?.throwIfAborted();
    return this.path;
  }

  private remove(waiter: Waiter): void {
    this.waiters.delete(waiter);
    if (this.waiters.size === 0) {
      this.ending.abort(waiter.signal?.reason);
    }
  }
}

/** Fetches each key once at a time. */
export class Fetchings {
  private readonly underWay = new Map<string, Fetching>();

  /** The running fetch of the key, or else a new one, by `fetch`. */
  of(key: string, fetch: Fetch): Fetching {
    const present = this.underWay.get(key);
    if (present?.isEnding === false) {
      return present;
    }
    const begun: Fetching = new Fetching(async (onProgress, signal) => {
      try {
        return await fetch(onProgress, signal);
      } finally {
        if (this.underWay.get(key) === begun) {
          this.underWay.delete(key);
        }
      }
    });
    this.underWay.set(key, begun);
    return begun;
  }
}
