import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Stands before a broker and behaves as one that is short of memory: says so, and reads nothing more. */
export class BlockingProxy {
  readonly #pairs: { readonly near: Socket; readonly far: Socket }[] = [];
  readonly #server: Server;

  private constructor(target: URL) {
    this.#server = createServer((near) => {
      const far = connect(Number(target.port), target.hostname);
      this.#pairs.push({ near, far });
      near.pipe(far).pipe(near);
      for (const socket of [near, far]) socket.on('error', () => undefined);
    });
  }

  static async before(target: URL): Promise<BlockingProxy> {
    const proxy = new BlockingProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  block(): void {
    for (const { near, far } of this.#pairs) {
      near.unpipe(far);
      near.write(connectionFrame(60, Buffer.from('\x0alow memory')));
    }
  }

  unblock(): void {
    for (const { near, far } of this.#pairs) {
      near.write(connectionFrame(61));
      near.pipe(far);
    }
  }

  async close(): Promise<void> {
    for (const { near, far } of this.#pairs) {
      near.destroy();
      far.destroy();
    }
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** A method of class `connection` on channel 0 (AMQP 0-9-1, 4.2.3). */
function connectionFrame(method: number, fields = Buffer.alloc(0)): Buffer {
  const head = Buffer.from([1, 0, 0, 0, 0, 0, 4 + fields.length, 0, 10, 0, method]);
  return Buffer.concat([head, fields, Buffer.from([0xce])]);
}
