type Listener = (bytes: number) => void;
/** Gives the path of what it has fetched, and tells how many bytes are here. */
type Fetch = (onProgress: Listener) => Promise<string>;

/** What is being fetched, for all who want it meanwhile. */
class Fetching {
  private readonly listeners = new Set<Listener>();
  private readonly path: Promise<string>;

  constructor(fetch: Fetch) {
    this.path = fetch((bytes) => {
      for (const listener of this.listeners) {
        listener(bytes);
      }
    });
  }

  /** The path; `listener` is told of the bytes from now on. */
  hearing(listener?: Listener): Promise<string> {
    if (listener !== undefined) {
      this.listeners.add(listener);
    }
    return this.path;
  }
}

/** Each key is fetched once at a time. */
export class Fetchings {
  private readonly underWay = new Map<string, Fetching>();

  /** The one of the key that is under way, or else a new one, by `fetch`. */
  of(key: string, fetch: Fetch): Fetching {
    const present = this.underWay.get(key);
    if (present !== undefined) {
      return present;
    }
    const begun = new Fetching(async (onProgress) => {
      try {
        return await fetch(onProgress);
      } finally {
        this.underWay.delete(key);
      }
    });
    this.underWay.set(key, begun);
    return begun;
  }
}
