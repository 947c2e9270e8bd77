import { connect, type Socket } from 'node:net';

/** Address of a TCP service: a port of `host`, a port of this loopback, or a relay's unix socket. */
export type Endpoint =
  { readonly port: number; readonly host?: string } | { readonly path: string };

const answerTimeoutMs = 5_000;

/**
 * Connects, sends `greeting` and resolves with the first defined result of `answer` on the received bytes. Throws when
 * the connection ends first, or after 5 s without data.
 */
export function dial<T>(
  endpoint: Endpoint,
  greeting: Uint8Array,
  answer: (received: Buffer, socket: Socket) => T | undefined,
): Promise<T> {
  const socket = connect(
    'port' in endpoint ? { port: endpoint.port, host: endpoint.host ?? '127.0.0.1' } : endpoint,
  );
  return new Promise<T>((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    socket.setTimeout(answerTimeoutMs, () => socket.destroy(new Error('no answer')));
    socket.on('error', reject);
    socket.once('close', () => {
      reject(new Error('the connection was closed'));
    });
    socket.once('connect', () => socket.write(greeting));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      try {
        const value = answer(received, socket);
        if (value !== undefined) {
          resolve(value);
        }
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }).finally(() => socket.destroy());
}
