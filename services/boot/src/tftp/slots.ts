export interface Slot {
  /** Aborted when the slot was given to another client. */
  readonly signal: AbortSignal;
  /** Until the client's next packet the slot may be given to another client. */
  awaitClient(): void;
  /** The client has answered: it keeps the slot to the end. */
  keep(): void;
  /** Idempotent. */
  leave(): void;
}

/**
 * The slots for concurrent transfers: a limit in all, and a limit for each address. Anybody can forge the address of a
 * request, but then never sees the answer and sends no acknowledgement. So when there is no room, the client that has
 * been silent for longest loses its slot.
 */
export class Slots {
  /** By the address of its client. */
  private readonly taken = new Map<Holding, string>();
  /** Slots of clients that have not answered yet, oldest first. */
  private readonly silent = new Set<Holding>();

  constructor(
    private readonly most: number,
    private readonly mostOfAddress: number,
  ) {}

  /** Undefined when there is no room. */
  take(address: string): Slot | undefined {
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

  /** Ends a silent slot of the address, or of any address. False when there is none. */
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

class Holding implements Slot {
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
