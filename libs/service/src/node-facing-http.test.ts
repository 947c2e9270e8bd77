import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { nodeFacingHttp, type NodeFacingLimits } from './node-facing-http.js';

let server: FastifyInstance;
const sockets: Socket[] = [];

afterEach(async () => {
  sockets.splice(0).forEach((socket) => socket.destroy());
  await server.close();
});

async function started(limits: Partial<NodeFacingLimits>): Promise<void> {
  server = nodeFacingHttp({ bodyLimit: 1024, ...limits });
  server.get('/', () => 'fine');
  server.get('/never', () => new Promise(() => undefined));
  server.post('/', () => 'taken');
  await server.listen({ host: '127.0.0.1', port: 0 });
}

/** A connection from this address of the loopback, which says `words`; what it hears. */
function said(
  words: string,
  localAddress = '127.0.0.1',
): { heard: () => string; end: Promise<unknown> } {
  const { port } = server.server.address() as AddressInfo;
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  sockets.push(socket);
  let heard = '';
  socket.on('data', (chunk) => (heard += chunk.toString()));
  socket.on('error', () => undefined);
  socket.on('connect', () => socket.write(words));
  return { heard: () => heard, end: once(socket, 'close') };
}

const plain = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';

test('of one address only so many connections are held; others are served', async () => {
  await started({ connectionsOfAddress: 3 });
  const kept = [1, 2, 3].map(() => said(plain));
  await expect.poll(() => kept.every(({ heard }) => heard().includes('fine'))).toBe(true);
  const refused = said(plain);
  await refused.end;
  expect(refused.heard()).toBe('');
  const other = said(plain, '127.0.0.2');
  await expect.poll(other.heard).toContain('fine');
  sockets.splice(0, 3).forEach((socket) => socket.destroy());
  await expect
    .poll(async () => {
      const again = said(plain);
      await Promise.race([again.end, expect.poll(again.heard).toContain('fine')]);
      return again.heard();
    })
    .toContain('fine');
});

test('of one address only so many requests are answered at once', async () => {
  await started({ requestsOfAddress: 2 });
  const never = said('GET /never HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(2));
  const third = said(plain);
  await expect.poll(third.heard).toContain('503');
  const other = said(plain, '127.0.0.2');
  await expect.poll(other.heard).toContain('fine');
  expect(never.heard()).toBe('');
});

test.each([
  ['a head that does not end', 'GET / HTTP/1.1\r\nhost: x\r\n'],
  ['a body that does not come', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n'],
])('%s is not waited for', async (_, words) => {
  await started({ requestTimeoutMs: 200 });
  const { heard, end } = said(words);
  await end;
  expect(heard()).toContain('408');
});

test('too large: a head, a body', async () => {
  await started({});
  const head = said(`GET / HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(9000)}\r\n\r\n`);
  const body = said(
    `POST / HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 2000\r\n\r\n`,
  );
  await expect.poll(head.heard).toContain('431');
  await expect.poll(body.heard).toContain('413');
});
