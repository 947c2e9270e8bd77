export interface Place {
  /** Aborted when the place was given to another client. */
  readonly signal: AbortSignal;
  /** Until the client's next packet the place may be given to another client. */
  awaitClient(): void;
  /** The client has answered: it keeps the place to the end. */
  keep(): void;
  /** Idempotent. */
  leave(): void;
}

/**
 * The places for concurrent transfers: a limit in all, and a limit for each address. Anybody can forge the address of a
 * request, but then never sees the answer and sends no acknowledgement. So when there is no room, the client that has
 * been silent for longest loses its place.
 */
export class Places {
  /** By the address of its client. */
  private readonly taken = new Map<Holding, string>();
  /** Places of clients that have not answered yet, oldest first. */
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

  /** Ends a silent place of the address, or of any address. False when there is none. */
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
