import { connect, type Socket } from 'node:net';
import { waitFor } from '@metalcast/testing';

const timeoutMs = 45_000;

/** A client that says what it is told to, byte by byte, and keeps what it hears. */
export class RawClient {
  heard = '';
  /** The server has ended the connection, in order or not. */
  ended = false;
  private readonly socket: Socket;

  /** `localAddress`: the address that it comes from, one of 127.0.0.0/8. */
  constructor(url: string, localAddress = '127.0.0.1') {
    const { hostname, port } = new URL(url);
    this.socket = connect({ host: hostname, port: Number(port), localAddress });
    this.socket.on('data', (chunk: Buffer) => (this.heard += chunk.toString('latin1')));
    this.socket.on('close', () => (this.ended = true));
    this.socket.on('error', () => (this.ended = true));
  }

  get port(): number {
    return this.socket.localPort ?? 0;
  }

  /** The client takes the first chunk that it is sent, and nothing behind it. */
  takeOneChunk(): void {
    this.socket.once('data', () => this.socket.pause());
  }

  get bytesSent(): number {
    return this.socket.bytesWritten;
  }

  /** Whether the kernel took it at once. */
  say(text: string): boolean {
    return this.ended || this.socket.write(text);
  }

  /** A request's head; of the body what is said afterwards. */
  ask(method: string, path: string, headers: Record<string, string | number>): void {
    this.say(head(method, path, { host: 'api', ...headers }));
  }

  /** The status of the first answer. */
  async status(): Promise<number> {
    return waitFor(() => Number(/^HTTP\/1\.1 (\d{3})/.exec(this.heard)?.[1] ?? 0) || undefined, {
      timeoutMs,
      what: 'an answer',
    });
  }

  /** The first answer's JSON. */
  async json(): Promise<object> {
    return waitFor(
      () => {
        const body = this.heard.slice(this.heard.indexOf('\r\n\r\n') + 4);
        try {
          return JSON.parse(body) as object;
        } catch {
          return undefined;
        }
      },
      { timeoutMs, what: 'a body' },
    );
  }

  async end(): Promise<void> {
    await waitFor(() => this.ended, { timeoutMs, what: 'the server to end the connection' });
  }

  /** Sends `text` over and over until the server ends the connection or `most` bytes are sent. */
  async pour(text: string, most: number): Promise<void> {
    while (!this.ended && this.bytesSent < most) {
      if (!this.say(text)) {
        await new Promise<void>((resolve) => {
          this.socket.once('drain', resolve).once('close', resolve);
        });
      }
    }
  }

  close(): void {
    this.socket.destroy();
  }
}

/** A request's first line and headers. */
export const head = (
  method: string,
  path: string,
  headers: Record<string, string | number>,
): string =>
  [
    `${method} ${path} HTTP/1.1`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '',
    '',
  ].join('\r\n');
