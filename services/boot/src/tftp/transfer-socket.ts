import { createSocket, type Socket } from 'node:dgram';

export interface Peer {
  readonly address: string;
  readonly port: number;
}

/** More than a window of packets waits for nobody: datagrams may get lost. */
const mostWaiting = 64;

/**
 * The port of one transfer (its id), connected: what other addresses or ports send never reaches it. It owns the
 * only timer of a transfer, which runs only while `receive` waits. Once closed it sends and receives nothing.
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
    // The client's port is closed (ICMP): it has what it wanted, or is gone.
    socket.on('error', () => {
      this.leave();
    });
  }

  /** Rejects when the address is not ours, or the peer cannot be reached. Once `signal` is aborted nobody is left to talk to. */
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

  /** Whether there is nobody left to talk to. */
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

  /** The next packet; `silence` when none comes within `ms`, `gone` when none can come any more. */
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
      // It was closed already.
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
    // Node calls back with the error, which its types leave out.
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
