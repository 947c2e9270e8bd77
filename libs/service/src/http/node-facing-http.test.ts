import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { nodeFacingHttp, type NodeFacingLimits } from './node-facing-http.js';

let server: FastifyInstance;
const sockets: Socket[] = [];
/** Bytes received on connections that have ended. */
let bytesOfEnded = 0;

afterEach(async () => {
  sockets.splice(0).forEach((socket) => socket.destroy());
  await server.close();
  bytesOfEnded = 0;
});

async function started(limits: Partial<NodeFacingLimits>): Promise<void> {
  server = nodeFacingHttp({ bodyLimit: 1024, ...limits });
  server.get('/', () => 'fine');
  server.get('/never', () => new Promise(() => undefined));
  server.post('/', () => 'taken');
  server.server.on('connection', (socket: Socket) => {
    socket.once('close', () => (bytesOfEnded += socket.bytesRead));
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
}

/** Connects from this loopback address and sends `words`; returns the response. */
function said(
  words: string,
  localAddress = '127.0.0.1',
): { heard: () => string; end: Promise<unknown>; socket: Socket } {
  const { port } = server.server.address() as AddressInfo;
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  sockets.push(socket);
  let heard = '';
  socket.on('data', (chunk) => (heard += chunk.toString()));
  socket.on('error', () => undefined);
  socket.on('connect', () => socket.write(words));
  // A connection that is reset emits close too.
  const end = new Promise((resolve) => socket.once('close', resolve));
  return { heard: () => heard, end, socket };
}

const plain = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';

test('an address gets a limited number of connections; other addresses are served', async () => {
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

test('of an address a limited number of requests is answered at once', async () => {
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
])('the server does not wait for %s', async (_, words) => {
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

const chunked = 'host: x\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n';
const inBytes = '1\r\n \r\n'.repeat(10_000);
const withExtensions = `1;${'x'.repeat(15_000)}\r\n \r\n`;

/** Sends the pieces over and over until the server ends the connection; returns how many bytes the server accepted. */
async function poured(head: string, pieces: string): Promise<number> {
  const { socket, end } = said(head + chunked);
  const more = (): void => {
    while (!socket.destroyed && bytesOfEnded === 0 && socket.bytesWritten < 64 * 1024 ** 2) {
      if (!socket.write(pieces)) {
        socket.once('drain', more);
        return;
      }
    }
    socket.end();
  };
  socket.once('connect', more);
  await end;
  await expect.poll(() => bytesOfEnded).toBeGreaterThan(0);
  return bytesOfEnded;
}

test.each([
  ['bytes', 'POST / HTTP/1.1\r\n', inBytes],
  ['bytes, unread', 'GET / HTTP/1.1\r\n', inBytes],
  ['bytes, unread while the answer waits', 'GET /never HTTP/1.1\r\n', inBytes],
  ['extensions', 'POST / HTTP/1.1\r\n', withExtensions],
  ['extensions, unread', 'GET / HTTP/1.1\r\n', withExtensions],
])('of a body in chunks of %s little is accepted', async (_, head, pieces) => {
  await started({ bodyLimit: 4 * 1024 ** 2 });
  expect(await poured(head, pieces)).toBeLessThan(512 * 1024);
});

test('a body in normal chunks is accepted: large ones, and some small ones', async () => {
  await started({ bodyLimit: 4 * 1024 ** 2 });
  const pieces = [`4000\r\n${' '.repeat(0x4000)}\r\n`.repeat(100), '1\r\n \r\n'.repeat(900)];
  const { heard } = said(`POST / HTTP/1.1\r\n${chunked}${pieces.join('')}0\r\n\r\n`);
  await expect.poll(heard).toContain('taken');
});

test('connections that are only held open keep no client out; served connections stay', async () => {
  await started({ connections: 12, connectionsOfAddress: 4 });
  const served = said(plain, '127.0.0.9');
  await expect.poll(served.heard).toContain('fine');
  const waiting = said('GET /never HTTP/1.1\r\nhost: x\r\n\r\n', '127.0.0.8');
  const held = Array.from({ length: 30 }, (_, index) => said('', `127.0.0.${10 + (index % 8)}`));
  for (const { socket } of held) {
    await expect.poll(() => socket.destroyed || !socket.connecting).toBe(true);
  }
  const fresh = said(plain, '127.0.0.40');
  await expect.poll(fresh.heard).toContain('fine');
  served.socket.write(plain);
  await expect.poll(() => served.heard().split('fine').length).toBe(3);
  expect(waiting.socket.destroyed).toBe(false);
});

test('an address whose connections are refused ends no other connection', async () => {
  await started({ connections: 6, connectionsOfAddress: 4 });
  const others = [said('', '127.0.0.8'), said('', '127.0.0.9')];
  await Promise.all(others.map(({ socket }) => once(socket, 'connect')));
  for (let turn = 0; turn < 4; turn += 1) said('');
  for (let turn = 0; turn < 10; turn += 1) await said('').end;
  expect(others.map(({ socket }) => socket.destroyed)).toEqual([false, false]);
});

test('Expect: 100-continue is answered, another expectation refused', async () => {
  await started({});
  const post = 'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 1\r\n';
  const asked = said(`${post}expect: 100-continue\r\n\r\n`);
  await expect.poll(asked.heard).toContain('100 Continue');
  asked.socket.write('x');
  await expect.poll(asked.heard).toContain('taken');
  await expect.poll(said(`${post}expect: wonders\r\n\r\n`).heard).toContain('417');
});

test('a request without a Host is refused', async () => {
  await started({});
  await expect.poll(said('GET / HTTP/1.1\r\n\r\n').heard).toContain('400');
});
