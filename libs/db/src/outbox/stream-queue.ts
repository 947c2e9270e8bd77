import type { WaitingMessage } from './publisher.js';

/** Held in memory of one aggregate; what comes after is read when it is its turn. */
const queueMax = 256;

/**
 * One aggregate's messages in the hands of the process that owns its stream. They come from its own writes, in
 * whichever order the answers of the commits arrive, and from the outbox; each is given out once, in the order of its
 * number.
 *
 * - `owned`: new messages are published.
 * - `done`: the stream was released because no message was left.
 * - `resting`: a message could not be delivered, so the stream is released, to be taken again after a pause.
 */
export class StreamQueue {
  phase: 'owned' | 'done' | 'resting' = 'owned';
  /** Writes of this process that may still add messages: until they end, the published numbers must be remembered. */
  writes = 0;
  /** Something works at it. */
  running = false;
  private readonly messages = new Map<number, WaitingMessage>();

  /** `next`: number of the message to be published next. */
  constructor(
    readonly aggregate: string,
    private next: number,
  ) {}

  /** Number of the last message that is done with. */
  get sent(): number {
    return this.next - 1;
  }

  get isEmpty(): boolean {
    return this.messages.size === 0;
  }

  /**
   * The outcome of a write: the stream was owned here, with `sent` messages published. False when that describes the
   * time before this process released the stream.
   */
  ownedAt(sent: number, last: number): boolean {
    const isNews = { owned: true, done: last >= this.next, resting: sent >= this.next }[this.phase];
    if (isNews) {
      this.own(sent);
    }
    return isNews;
  }

  /** It is ours since just now, with so many messages done with. */
  own(sent: number): void {
    this.phase = 'owned';
    this.next = Math.max(this.next, sent + 1);
  }

  add(messages: readonly WaitingMessage[]): void {
    for (const message of messages) {
      if (message.ordinal >= this.next && this.messages.size < queueMax) {
        this.messages.set(message.ordinal, message);
      }
    }
  }

  /** The next message is not in the outbox any more, though it was not published here. */
  skipTo(ordinal: number): void {
    this.next = Math.max(this.next, ordinal);
  }

  /** The message whose turn it is, if it is known. */
  head(): WaitingMessage | undefined {
    return this.messages.get(this.next);
  }

  /** The head was published. */
  advance(): void {
    this.messages.delete(this.next);
    this.next += 1;
  }

  rest(): void {
    this.phase = 'resting';
    this.messages.clear();
  }
}
