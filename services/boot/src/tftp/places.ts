export interface Place {
  /** Aborted when the place was given to another client. */
  readonly signal: AbortSignal;
  /** From now on its client is waited for: until it says a word, the place may be given to another. */
  awaitClient(): void;
  /** The client has said a word: the place is its own to the end. */
  keep(): void;
  /** Idempotent. */
  leave(): void;
}

/**
 * The places of the transfers that are under way: so many in all, so many of one address. Anybody can write any address on a
 * request; who did never hears the answer, and says nothing to it. Where there is no room, the client that has been
 * silent for longest loses its place.
 */
export class Places {
  /** By the address that each bears. */
  private readonly taken = new Map<Holding, string>();
  /** Those of clients that have not said a word, oldest first. */
  private readonly silent = new Set<Holding>();

  constructor(
    private readonly most: number,
    private readonly mostOfAddress: number,
  ) {}

  /** Undefined when there is no room. */
  take(address: string): Place | undefined {
    const ofAddress = [...this.taken.values()].filter((other) => other === address).length;
    const hasRoom =
      (ofAddress < this.mostOfAddress || this.endSilent(address)) &&
      (this.taken.size < this.most || this.endSilent());
    if (!hasRoom) {
      return undefined;
    }
    const holding: Holding = new Holding(this.silent, () => this.taken.delete(holding));
    this.taken.set(holding, address);
    return holding;
  }

  /** Of the address, or of any. False when there is none. */
  private endSilent(address?: string): boolean {
    for (const holding of this.silent) {
      if (address === undefined || this.taken.get(holding) === address) {
        holding.end();
        return true;
      }
    }
    return false;
  }
}

class Holding implements Place {
  private readonly ended = new AbortController();

  constructor(
    private readonly silent: Set<Holding>,
    private readonly free: () => void,
  ) {}

  get signal(): AbortSignal {
    return this.ended.signal;
  }

  awaitClient(): void {
    this.silent.add(this);
  }

  keep(): void {
    this.silent.delete(this);
  }

  leave(): void {
    this.silent.delete(this);
    this.free();
  }

  end(): void {
    this.leave();
    this.ended.abort();
  }
}
