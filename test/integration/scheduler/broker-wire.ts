import { createServer, createConnection, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';

/** A proxy to a broker that can be cut: its clients then see the broker as down. */
export class BrokerWire {
  private readonly sockets = new Set<Socket>();
  private isCut = false;

  private constructor(
    private readonly server: ReturnType<typeof createServer>,
    /** The broker's URL through this proxy. */
    readonly url: string,
  ) {}

  static async to(brokerUrl: string): Promise<BrokerWire> {
    const target = new URL(brokerUrl);
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = new URL(brokerUrl);
    url.port = String((server.address() as AddressInfo).port);
    const wire = new BrokerWire(server, url.href);
    server.on('connection', (client) => {
      wire.join(client, createConnection(Number(target.port), target.hostname));
    });
    return wire;
  }

  cut(): void {
    this.isCut = true;
    for (const socket of this.sockets) {
      socket.destroy();
    }
  }

  mend(): void {
    this.isCut = false;
  }

  async close(): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }

  private join(client: Socket, broker: Socket): void {
    for (const [socket, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
    if (this.isCut) {
      client.destroy();
      return;
    }
    client.pipe(broker).pipe(client);
  }
}
