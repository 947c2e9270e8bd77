/** Blocks to send: `from` to `to`, both included, counted from 1 without wrapping round. */
export interface Blocks {
  readonly from: number;
  readonly to: number;
}

const numbers = 65_536;

/**
 * Which blocks of a transfer are sent when, whatever gets lost or comes twice (RFC 1350, RFC 7440).
 * Knows numbers only. On the wire a number has 16 bits and goes round.
 */
export class SendWindow {
  /** The last block known to have arrived; 0: the client has only accepted the options, or not even that. */
  private acknowledged = 0;
  private sent = 0;
  private resentAt = -1;

  constructor(
    /** Of the last block, which is the first one shorter than the others. */
    private readonly last: number,
    private readonly size: number,
  ) {}

  /** How many blocks have arrived. */
  get arrived(): number {
    return this.acknowledged;
  }

  get done(): boolean {
    return this.acknowledged === this.last;
  }

  /** The first blocks. */
  start(): Blocks {
    return this.next();
  }

  /**
   * An acknowledgement came. Undefined: nothing to do. One of a block before the last sent means that those
   * after it were lost: the window goes on from there. One that was seen before is answered at most
   * once, and not at all in a window of one block, or each block would be sent twice from then on.
   */
  acknowledge(wire: number): Blocks | undefined {
    const ahead = (wire - (this.acknowledged % numbers) + numbers) % numbers;
    const block = this.acknowledged + ahead;
    if (block > this.sent || this.done) {
      return undefined;
    }
    if (block === this.acknowledged && (this.size === 1 || this.resentAt === block)) {
      return undefined;
    }
    this.resentAt = block === this.acknowledged ? block : this.resentAt;
    this.acknowledged = block;
    return block === this.last ? undefined : this.next();
  }

  /** Nothing came in time: all that is not acknowledged, again. */
  repeat(): Blocks {
    return this.next();
  }

  private next(): Blocks {
    const from = this.acknowledged + 1;
    this.sent = Math.min(this.acknowledged + this.size, this.last);
    return { from, to: this.sent };
  }
}
