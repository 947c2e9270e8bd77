import { createSocket, type Socket } from 'node:dgram';

export interface Peer {
  readonly address: string;
  readonly port: number;
}

/** More than a window of packets need not be kept: datagrams may get lost. */
const mostWaiting = 64;

/**
 * The port of one transfer (its id), connected: packets from other addresses or ports never reach it. It owns the only
 * timer of a transfer, which runs only while `receive` waits. Once closed it sends and receives nothing.
 */
export class TransferSocket {
  private readonly waiting: Buffer[] = [];
  private gone = false;
  private wake: () => void = () => undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('message', (packet) => {
      if (this.waiting.length < mostWaiting) {
        this.waiting.push(packet);
        this.wake();
      }
    });
    // The client's port is closed (ICMP): the client is done, or gone.
    socket.on('error', () => {
      this.leave();
    });
  }

  /**
   * Rejects when the local address does not exist, or the peer cannot be reached. Once `signal` is aborted the socket
   * is closed.
   */
  static async open(address: string, peer: Peer, signal: AbortSignal): Promise<TransferSocket> {
    const socket = createSocket('udp4');
    const opened = new TransferSocket(socket);
    signal.addEventListener('abort', () => {
      opened.leave();
    });
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        socket.bind(0, address, resolve);
      });
      await connect(socket, peer);
      return opened;
    } catch (error) {
      opened.close();
      throw error;
    }
  }

  /** True when packets can be neither sent nor received any more. */
  get closed(): boolean {
    return this.gone;
  }

  /** Never throws; a packet that cannot be sent is lost, as on the wire. */
  send(packet: Buffer): void {
    if (this.gone) {
      return;
    }
    this.socket.send(packet, (error) => {
      if (error !== null && (error as NodeJS.ErrnoException).code === 'ECONNREFUSED') {
        this.leave();
      }
    });
  }

  /** The next packet; `silence` when none arrives within `ms`, `gone` when none can arrive any more. */
  async receive(ms: number): Promise<Buffer | 'silence' | 'gone'> {
    if (this.waiting.length === 0 && !this.gone) {
      await this.untilWoken(ms);
    }
    return this.waiting.shift() ?? (this.gone ? 'gone' : 'silence');
  }

  /** Idempotent. */
  close(): void {
    this.waiting.length = 0;
    this.leave();
    this.socket.removeAllListeners('message');
    try {
      this.socket.close();
    } catch {
      // The socket was closed already.
    }
  }

  private leave(): void {
    this.gone = true;
    this.wake();
  }

  private async untilWoken(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(ms, 0));
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = () => undefined;
  }
}

async function connect(socket: Socket, { address, port }: Peer): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    // Node passes an error to the callback, which its types omit.
    const done = (error?: Error | null): void => {
      if (error instanceof Error) {
        reject(error);
      } else {
        resolve();
      }
    };
    socket.connect(port, address, done);
  });
}
