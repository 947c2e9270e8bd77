/** Blocks to send: `from` to `to`, both inclusive, counted from 1 without wrapping round. */
export interface Blocks {
  readonly from: number;
  readonly to: number;
}

const numbers = 65_536;

/**
 * Decides which blocks of a transfer are sent when, whatever is lost or arrives twice (RFC 1350, RFC 7440). It knows
 * only numbers. On the wire a number has 16 bits and wraps round.
 */
export class SendWindow {
  /** The last block known to have arrived; 0: none, and perhaps not even the options. */
  private acknowledged = 0;
  private sent = 0;
  private resentAt = -1;

  constructor(
    /** Number of the last block, the only one that is shorter than the others. */
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
   * Handles an acknowledgement. Undefined: nothing to do. An acknowledgement of a block before the last sent one means
   * that the blocks after it were lost: the window continues from there. A repeated acknowledgement is answered at most
   * once, and never in a window of one block: otherwise each block would be sent twice from then on.
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

  /** After a timeout: all unacknowledged blocks, again. */
  repeat(): Blocks {
    return this.next();
  }

  private next(): Blocks {
    const from = this.acknowledged + 1;
    this.sent = Math.min(this.acknowledged + this.size, this.last);
    return { from, to: this.sent };
  }
}
