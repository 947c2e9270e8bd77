import { createSocket, type Socket } from 'node:dgram';
import type { Content } from './content.js';
import { negotiate } from './negotiate.js';
import {
  dataPacket,
  errorPacket,
  errorCode,
  optionAckPacket,
  parseClientPacket,
} from './packet.js';
import { SendWindow, type Blocks } from './window.js';

export interface Peer {
  readonly address: string;
  readonly port: number;
}

export interface TransferOptions {
  /** Our address, the same that the request came to. */
  readonly address: string;
  readonly peer: Peer;
  readonly content: Content;
  readonly requested: ReadonlyMap<string, string>;
  /** How often something is sent again in vain, before the client is taken for gone. */
  readonly tries: number;
}

/** A peer that has acknowledged nothing by then may never have asked: anybody can write its address on a request. */
const firstWordMs = 15_000;

/** Sends `content` to the peer from a port of its own (the transfer id); true when all of it was acknowledged. */
export async function transfer(options: TransferOptions): Promise<boolean> {
  const socket = createSocket('udp4');
  try {
    await bindTo(socket, options);
    return await new Sending(socket, options).run();
  } finally {
    socket.close();
    await options.content.close();
  }
}

/** A connected socket: what other addresses or ports send never reaches it. */
async function bindTo(socket: Socket, { address, peer }: TransferOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, address, () => {
      socket.connect(peer.port, peer.address, () => {
        resolve();
      });
    });
  });
}

class Sending {
  private readonly window: SendWindow;
  private readonly blockSize: number;
  private readonly timeoutMs: number;
  /** Sent first, and again until its acknowledgement (of block 0) comes. */
  private optionAck: Buffer | undefined;
  private timer: NodeJS.Timeout | undefined;
  private firstWord: NodeJS.Timeout | undefined;
  private silent = 0;
  /** Packets are worked off one after the other. */
  private last: Promise<void> = Promise.resolve();
  private finish: (complete: boolean) => void = () => undefined;

  constructor(
    private readonly socket: Socket,
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
    const complete = new Promise<boolean>((resolve) => {
      this.finish = resolve;
    });
    this.socket.on('message', (packet) => {
      this.inTurn(() => this.received(packet));
    });
    // The client's port is closed (ICMP): it has what it wanted, or is gone.
    this.socket.on('error', () => {
      this.finish(this.window.done);
    });
    this.inTurn(() => this.sendFirst());
    this.firstWord = setTimeout(() => {
      this.finish(false);
    }, firstWordMs);
    try {
      return await complete;
    } finally {
      clearTimeout(this.firstWord);
      clearTimeout(this.timer);
      this.socket.removeAllListeners('message');
      await this.last;
    }
  }

  private inTurn(work: () => Promise<void>): void {
    this.last = this.last.then(work).catch(() => {
      this.socket.send(errorPacket(errorCode.undefined, 'cannot read the file'), () => undefined);
      this.finish(false);
    });
  }

  private async sendFirst(): Promise<void> {
    if (this.optionAck === undefined) {
      await this.send(this.window.start());
    } else {
      this.socket.send(this.optionAck, () => undefined);
    }
    this.wait();
  }

  private async received(packet: Buffer): Promise<void> {
    const message = parseClientPacket(packet);
    if (message?.kind === 'error') {
      this.finish(false);
    }
    if (message?.kind !== 'ack') {
      return;
    }
    const blocks = this.blocksAfter(message.block);
    if (this.window.done) {
      this.finish(true);
    } else if (blocks !== undefined) {
      this.silent = 0;
      clearTimeout(this.firstWord);
      await this.send(blocks);
      this.wait();
    }
  }

  private blocksAfter(acknowledged: number): Blocks | undefined {
    if (this.optionAck === undefined) {
      return this.window.acknowledge(acknowledged);
    }
    if (acknowledged !== 0) {
      return undefined;
    }
    this.optionAck = undefined;
    return this.window.start();
  }

  private async send({ from, to }: Blocks): Promise<void> {
    for (let block = from; block <= to; block += 1) {
      const data = await this.options.content.read((block - 1) * this.blockSize, this.blockSize);
      this.socket.send(dataPacket(block % 65_536, data), () => undefined);
    }
  }

  private wait(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.inTurn(() => this.repeat());
    }, this.timeoutMs);
  }

  private async repeat(): Promise<void> {
    this.silent += 1;
    if (this.silent >= this.options.tries) {
      this.finish(false);
      return;
    }
    if (this.optionAck === undefined) {
      await this.send(this.window.repeat());
    } else {
      this.socket.send(this.optionAck, () => undefined);
    }
    this.wait();
  }
}
