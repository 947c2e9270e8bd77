import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
}

/** A proxy between clients and a server that can silence or end its connections. */
export class TcpProxy {
  readonly pairs = new Set<Pair>();
  readonly #server: Server;

  private constructor(target: URL) {
    this.#server = createServer((near) => {
      const far = connect(Number(target.port), target.hostname);
      const pair = { near, far };
      this.pairs.add(pair);
      near.pipe(far).pipe(near);
      for (const socket of [near, far]) {
        socket.on('error', () => undefined);
        socket.on('close', () => {
          this.pairs.delete(pair);
        });
      }
    });
  }

  static async before(target: URL, port = 0): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.#server.listen(port, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Stops the traffic on present connections without ending them; new connections work. */
  mute(): void {
    for (const { near, far } of this.pairs) {
      near.unpipe();
      far.unpipe();
      near.resume();
      far.resume();
    }
  }

  /** Ends the present connections, like a server that stops. */
  hangUp(): void {
    for (const { near, far } of this.pairs) {
      near.end();
      far.destroy();
    }
  }

  async close(): Promise<void> {
    for (const { near, far } of this.pairs) {
      near.destroy();
      far.destroy();
    }
    this.#server.close();
    await once(this.#server, 'close');
  }
}
