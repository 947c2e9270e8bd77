type Listener = (bytes: number) => void;

/** Gives the path of what it has fetched, and tells how many bytes are here. `signal` ends it. */
type Fetch = (onProgress: Listener, signal: AbortSignal) => Promise<string>;

export interface Waiter {
  /** It has given up. */
  readonly signal?: AbortSignal | undefined;
  /** Told of the bytes that come from now on. */
  readonly onProgress?: Listener | undefined;
}

/** What is being fetched, for all who want it meanwhile. */
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

  /** Whether all have given up. */
  get isEnding(): boolean {
    return this.ending.signal.aborted;
  }

  /** The path. Who gives up is let go at once, with his signal's reason; the last one when nothing is left of the fetch. */
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

/** Each key is fetched once at a time. */
export class Fetchings {
  private readonly underWay = new Map<string, Fetching>();

  /** The one of the key that is under way, or else a new one, by `fetch`. */
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
