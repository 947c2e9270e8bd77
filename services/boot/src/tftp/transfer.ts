import type { Content } from './content.js';
import { negotiate } from './negotiate.js';
import {
  dataPacket,
  errorPacket,
  errorCode,
  optionAckPacket,
  parseClientPacket,
  type ClientPacket,
} from './packet.js';
import { Pace } from './pace.js';
import { TransferSocket, type Peer } from './transfer-socket.js';
import { SendWindow, type Blocks } from './window.js';

export interface TransferOptions {
  /** The server's address to which the request came. */
  readonly address: string;
  readonly peer: Peer;
  readonly content: Content;
  readonly requested: ReadonlyMap<string, string>;
  /** How often a packet is sent again in vain before the client counts as gone. */
  readonly tries: number;
  /** Aborted: the transfer ends without a further packet. */
  readonly signal: AbortSignal;
  /**
   * Called at the client's first acknowledgement, which proves that it receives. False: the client gets no more, and
   * must ask again.
   */
  readonly firstWord: () => Promise<boolean>;
}

/** A peer that has acknowledged nothing by then may never have asked: anybody can forge the address of a request. */
const firstWordMs = 15_000;

/**
 * Sends `content` to the peer from a new port; true when all of it was acknowledged. Rejects when the content cannot be
 * read, or when `firstWord` rejects. When it settles, no timer, socket or open file of the transfer is left.
 */
export async function transfer(options: TransferOptions): Promise<boolean> {
  const { address, peer, content, signal } = options;
  try {
    const socket = await TransferSocket.open(address, peer, signal);
    try {
      return await new Sending(socket, options).run();
    } finally {
      socket.close();
    }
  } finally {
    await content.close();
  }
}

/** One loop that sends, waits and sends again; nothing else happens in between. */
class Sending {
  private readonly window: SendWindow;
  private readonly blockSize: number;
  private readonly timeoutMs: number;
  /** Sent first, and again until the acknowledgement of block 0 arrives. */
  private optionAck: Buffer | undefined;
  private repeats = 0;
  /** Monotonic time at which a client without any acknowledgement counts as gone. */
  private readonly firstWordBy = performance.now() + firstWordMs;
  private pace: Pace | undefined;
  private refused = false;

  constructor(
    private readonly socket: TransferSocket,
    private readonly options: TransferOptions,
  ) {
    const { content, requested } = options;
    const { settings, accepted } = negotiate(requested, content.size);
    this.blockSize = settings.blockSize;
    this.timeoutMs = settings.timeoutMs;
    const blocks = Math.floor(content.size / settings.blockSize) + 1;
    this.window = new SendWindow(blocks, settings.windowSize);
    this.optionAck = accepted.size === 0 ? undefined : optionAckPacket(accepted);
  }

  async run(): Promise<boolean> {
    let blocks: Blocks | undefined = this.window.start();
    let repeatAt = 0;
    for (;;) {
      if (blocks !== undefined) {
        await this.sendAll(blocks);
        repeatAt = performance.now() + this.timeoutMs;
      }
      const packet = await this.receive(repeatAt);
      const message = packet instanceof Buffer ? parseClientPacket(packet) : undefined;
      if (packet === 'gone' || message?.kind === 'error') {
        return false;
      }
      if (packet === 'silence') {
        this.repeats += 1;
        blocks = this.window.repeat();
      } else {
        blocks = await this.blocksAfter(message);
      }
      if (this.refused || this.window.done || this.isHopeless()) {
        return this.window.done && !this.refused;
      }
    }
  }

  /** Meaningless packets must not postpone the end, however many arrive. */
  private async receive(repeatAt: number): Promise<Buffer | 'silence' | 'gone'> {
    const until = this.pace === undefined ? Math.min(repeatAt, this.firstWordBy) : repeatAt;
    const ms = until - performance.now();
    return ms > 0 ? this.socket.receive(ms) : 'silence';
  }

  private isHopeless(): boolean {
    const late =
      this.pace === undefined
        ? performance.now() >= this.firstWordBy
        : this.pace.isTooSlow(this.window.arrived * this.blockSize);
    return late || this.repeats >= this.options.tries;
  }

  private async blocksAfter(message: ClientPacket | undefined): Promise<Blocks | undefined> {
    return message?.kind === 'ack' ? this.blocksAfterAck(message.block) : undefined;
  }

  private async blocksAfterAck(acknowledged: number): Promise<Blocks | undefined> {
    const before = this.window.arrived;
    const blocks =
      this.optionAck === undefined
        ? this.window.acknowledge(acknowledged)
        : this.optionsAccepted(acknowledged);
    if (blocks !== undefined || this.window.arrived > before) {
      this.repeats = 0;
      await this.heard();
    }
    return blocks;
  }

  private async heard(): Promise<void> {
    if (this.pace === undefined) {
      this.pace = new Pace();
      this.refused = !(await this.options.firstWord());
    }
  }

  private optionsAccepted(acknowledged: number): Blocks | undefined {
    if (acknowledged !== 0) {
      return undefined;
    }
    this.optionAck = undefined;
    return this.window.start();
  }

  /** Sends the blocks; until the options are acknowledged it sends the options instead. */
  private async sendAll({ from, to }: Blocks): Promise<void> {
    if (this.optionAck !== undefined) {
      this.socket.send(this.optionAck);
      return;
    }
    for (let block = from; block <= to && !this.socket.closed; block += 1) {
      this.socket.send(dataPacket(block % 65_536, await this.readOrTell(block)));
    }
  }

  private async readOrTell(block: number): Promise<Buffer> {
    try {
      return await this.read(block);
    } catch (error) {
      this.socket.send(errorPacket(errorCode.undefined, 'cannot read the file'));
      throw error;
    }
  }

  private async read(block: number): Promise<Buffer> {
    const { content } = this.options;
    const offset = (block - 1) * this.blockSize;
    const data = await content.read(offset, this.blockSize);
    // A shorter packet would mean the end of the file to the client.
    if (data.length !== Math.min(this.blockSize, content.size - offset)) {
      throw new Error('the file has become shorter while it was sent');
    }
    return data;
  }
}
