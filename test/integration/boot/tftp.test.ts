// The TFTP server on the loopback: a client that loses and repeats packets, and Debian's curl.
import { createSocket, type Socket } from 'node:dgram';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@metalcast/log';
import { run } from '@metalcast/exec';
import { waitFor } from '@metalcast/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { bufferContent, fileContent } from '../../../services/boot/src/tftp/content.js';
import { TftpServer } from '../../../services/boot/src/tftp/tftp-server.js';
import { transfer } from '../../../services/boot/src/tftp/transfer.js';

const content = randomBytes(100_000);
let server: TftpServer;
let lookups: string[];
let failing: boolean;
let socket: Socket;
const unanswering: Socket[] = [];

beforeEach(async () => {
  lookups = [];
  failing = false;
  server = new TftpServer({
    address: '127.0.0.1',
    port: 0,
    logger: createLogger('boot', 'error', { write: () => undefined }),
    lookup: (name) => {
      lookups.push(name);
      if (failing) {
        return Promise.reject(new Error('the database is away'));
      }
      return Promise.resolve(
        name.startsWith('file')
          ? bufferContent(content)
          : name === 'empty'
            ? bufferContent(Buffer.alloc(0))
            : undefined,
      );
    },
  });
  await server.listen();
  socket = createSocket('udp4');
});

afterEach(() => {
  server.close();
  socket.close();
  for (const port of unanswering.splice(0)) {
    port.close();
  }
});

const request = (opcode: number, ...fields: readonly string[]): Buffer =>
  Buffer.concat([
    Buffer.from([0, opcode]),
    Buffer.from(fields.map((field) => `${field}\0`).join('')),
  ]);

const ack = (block: number): Buffer => Buffer.from([0, 4, block >> 8, block & 255]);

/** Gets a file as RFC 7440 asks; every packet in and out meets its `fate`: how often it arrives. */
function get(fields: readonly string[], windowSize: number, fate: () => number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const blockSize = 512;
  let since = 0;
  return new Promise((resolve, reject) => {
    socket.on('message', (packet, peer) => {
      const [, opcode = 0] = packet;
      const send = (block: number): void => {
        since = 0;
        for (let copy = fate(); copy > 0; copy -= 1) {
          socket.send(ack(block), peer.port, peer.address);
        }
      };
      for (let copy = fate(); copy > 0; copy -= 1) {
        if (opcode === 5) {
          reject(new Error(packet.subarray(4, -1).toString()));
        } else if (opcode === 6) {
          send(0);
        } else if (packet.readUInt16BE(2) === chunks.length + 1) {
          chunks.push(packet.subarray(4));
          since += 1;
          const last = packet.length < blockSize + 4;
          if (last || since === windowSize) {
            send(chunks.length);
          }
          if (last) {
            resolve(Buffer.concat(chunks));
          }
        } else {
          send(chunks.length);
        }
      }
    });
    const first = request(1, 'file', 'octet', ...fields);
    // Twice: one request that the wire has doubled.
    socket.send(first, server.port, '127.0.0.1');
    socket.send(first, server.port, '127.0.0.1');
  });
}

test('a plain client', async () => {
  const fetched = await get([], 1, () => 1);
  expect(fetched.equals(content)).toBe(true);
  expect(lookups).toEqual(['file']);
});

test('windows of eight over a wire that loses and doubles', async () => {
  let state = 42;
  const fetched = await get(['windowsize', '8', 'blksize', '512', 'timeout', '1'], 8, () => {
    state = (state * 16_807) % 2_147_483_647;
    const dice = state % 100;
    return dice < 3 ? 0 : dice < 10 ? 2 : 1;
  });
  expect(fetched.equals(content)).toBe(true);
  expect(lookups).toEqual(['file']);
});

test.each([
  [request(1, 'other', 'octet'), 1, 'file not found'],
  [request(1, 'file', 'netascii'), 4, 'octet mode only'],
  [request(2, 'file', 'octet'), 2, 'this server is read-only'],
  [request(1, 'file', 'octet').subarray(0, -1), 4, 'malformed request'],
])('%j is refused', async (packet, code, message) => {
  const answer = new Promise<Buffer>((resolve) => socket.once('message', resolve));
  socket.send(packet, server.port, '127.0.0.1');
  expect(await answer).toEqual(Buffer.from(`\0\x05\0${String.fromCharCode(code)}${message}\0`));
});

test('curl, for a file that ends with a block', async () => {
  const url = `tftp://127.0.0.1:${server.port}/file`;
  const args = ['-sf', '--tftp-blksize', '1000', '-w', '%{size_download}', '-o', '/dev/null', url];
  const { stdout, exitCode } = await run('curl', args, { timeoutMs: 20_000 });
  expect({ stdout, exitCode }).toEqual({ stdout: String(content.length), exitCode: 0 });
});

test('an empty file is one empty block', async () => {
  const first = new Promise<Buffer>((resolve) => {
    socket.once('message', (packet, peer) => {
      socket.send(ack(1), peer.port, peer.address);
      resolve(packet);
    });
  });
  socket.send(request(1, 'empty', 'octet'), server.port, '127.0.0.1');
  expect(await first).toEqual(Buffer.from([0, 3, 0, 1]));
});

/** A client that asks for the file once a second, and what it was answered first. */
async function asking(address: string): Promise<{ answer: Promise<number>; close: () => void }> {
  const client = createSocket('udp4');
  await new Promise<void>((resolve) => {
    client.bind(0, address, resolve);
  });
  const answer = once(client, 'message').then(([packet]) => (packet as Buffer).readUInt16BE(0));
  const ask = (): void => {
    client.send(request(1, 'file', 'octet'), server.port, '127.0.0.1');
  };
  ask();
  const asks = setInterval(ask, 1000);
  return {
    answer,
    close: () => {
      clearInterval(asks);
      client.close();
    },
  };
}

/** Begins so many transfers, says one word to each, and nothing after it. */
async function leaveUnfinished(count: number): Promise<void> {
  for (let file = 0; file < count; file += 1) {
    const port = createSocket('udp4');
    unanswering.push(port);
    const offered = once(port, 'message');
    port.send(request(1, 'file', 'octet', 'timeout', '10'), server.port, '127.0.0.1');
    const [, peer] = (await offered) as [Buffer, { port: number; address: string }];
    const begun = once(port, 'message');
    port.send(ack(0), peer.port, peer.address);
    await begun;
  }
}

/** Requests that bear this address, of one who never hears what they are answered. */
async function forge(address: string, count: number): Promise<void> {
  const port = createSocket('udp4');
  unanswering.push(port);
  await new Promise<void>((resolve) => {
    port.bind(0, address, resolve);
  });
  for (let file = 0; file < count; file += 1) {
    const query = request(1, `file${file}`, 'octet', 'timeout', '10');
    await new Promise<void>((resolve) => {
      port.send(query, server.port, '127.0.0.1', () => {
        resolve();
      });
    });
  }
}

/** What an honest client at this address is answered; it asks once. */
async function askedOnce(address: string): Promise<number> {
  const port = createSocket('udp4');
  unanswering.push(port);
  await new Promise<void>((resolve) => {
    port.bind(0, address, resolve);
  });
  const answer = once(port, 'message', { signal: AbortSignal.timeout(5000) });
  port.send(request(1, 'file', 'octet'), server.port, '127.0.0.1');
  return ((await answer) as [Buffer])[0].readUInt16BE(0);
}

test('forged requests that bear one address do not lock out who is there', async () => {
  await forge('127.0.0.3', 20);
  await waitFor(() => lookups.length >= 8, { timeoutMs: 20_000, what: 'their look-ups' });
  expect(await askedOnce('127.0.0.3')).toBe(3);
});

test('forged requests that bear many addresses lock nobody out', async () => {
  for (let host = 1; host <= 64; host += 1) {
    await forge(`127.0.1.${host}`, 8);
    await waitFor(() => lookups.length === 8 * host, { timeoutMs: 20_000, what: 'their look-ups' });
  }
  expect(await askedOnce('127.0.0.2')).toBe(3);
});

test('forged requests cost nobody a transfer to which its client has said a word', async () => {
  let forged: Promise<void> | undefined;
  const fetched = get([], 1, () => {
    forged ??= forge('127.0.0.1', 30);
    return 1;
  });
  expect((await fetched).equals(content)).toBe(true);
  await forged;
  expect(lookups.filter((name) => name === 'file')).toHaveLength(1);
});

test('who asks when there is no room hears no error, and is served when there is', async () => {
  await leaveUnfinished(8);
  await waitFor(() => lookups.length === 8, { timeoutMs: 20_000, what: 'eight transfers' });
  const ninth = await asking('127.0.0.1');
  // Answered from one socket in order: an error to the ninth would have come before this one.
  const answer = once(socket, 'message');
  socket.send(request(2, 'file', 'octet'), server.port, '127.0.0.1');
  await answer;
  expect(lookups).toHaveLength(8);
  const [first] = unanswering.splice(0, 1);
  first?.close();
  expect(await ninth.answer).toBe(3);
  ninth.close();
});

test('who asks when nothing can be looked up hears no error, and is served when it can', async () => {
  failing = true;
  const client = await asking('127.0.0.1');
  await waitFor(() => lookups.length === 1, { timeoutMs: 20_000, what: 'a look-up' });
  failing = false;
  expect(await client.answer).toBe(3);
  client.close();
});

test('a file that is there and cannot be opened is not one that is missing', async () => {
  expect(await fileContent('/nowhere/at/all')).toBeUndefined();
  expect(await fileContent('/etc/passwd/at/all')).toBeUndefined();
  const loop = await mkdtemp(join(tmpdir(), 'metalcast-tftp-'));
  await symlink('loop', join(loop, 'loop'));
  await expect(fileContent(join(loop, 'loop'))).rejects.toThrow('ELOOP');
  await rm(loop, { recursive: true });
});

test('a transfer of which nothing was ever acknowledged ends soon', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  try {
    let closed = false;
    const file = bufferContent(content);
    const close = (): Promise<void> => {
      closed = true;
      return Promise.resolve();
    };
    const ended = transfer({
      address: '127.0.0.1',
      peer: { address: '127.0.0.1', port: await portOf(socket) },
      content: { size: file.size, read: (from, length) => file.read(from, length), close },
      requested: new Map([['timeout', '10']]),
      tries: 6,
      signal: new AbortController().signal,
      firstWord: () => Promise.resolve(true),
    });
    await once(socket, 'message');
    await vi.advanceTimersByTimeAsync(16_000);
    expect([await ended, closed]).toEqual([false, true]);
  } finally {
    vi.useRealTimers();
  }
});

/** A client that takes so many blocks of a long file every five seconds; how many seconds it was served. */
async function servedSlowly(blocks: number, longest: number): Promise<number> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  try {
    const blockSize = 512;
    const sending = { over: false };
    let allowed = 0;
    let taken = 0;
    let last: { port: number; address: string } | undefined;
    const acknowledge = (): void => {
      if (last !== undefined && taken <= allowed) {
        socket.send(ack(taken % 65_536), last.port, last.address);
      }
    };
    socket.on('message', (packet, peer) => {
      if (packet.readUInt16BE(2) === (taken + 1) % 65_536) {
        taken += 1;
        last = peer;
        acknowledge();
      }
    });
    const options = {
      address: '127.0.0.1',
      peer: { address: '127.0.0.1', port: await portOf(socket) },
      content: {
        size: 1e9,
        read: () => Promise.resolve(Buffer.alloc(blockSize)),
        close: () => Promise.resolve(),
      },
      requested: new Map(),
      tries: 6,
      signal: new AbortController().signal,
      firstWord: () => Promise.resolve(true),
    };
    const ended = transfer(options).then(() => {
      sending.over = true;
    });
    let seconds = 0;
    for (; !sending.over && seconds < longest; seconds += 1) {
      if (seconds % 5 === 0) {
        allowed += blocks;
        const wanted = allowed;
        acknowledge();
        await vi.waitUntil(() => taken > wanted || sending.over, { timeout: 10_000, interval: 1 });
      }
      await vi.advanceTimersByTimeAsync(1000);
    }
    if (!sending.over) {
      socket.send(Buffer.from([0, 5, 0, 0, 0]), last?.port ?? 0, last?.address);
    }
    await ended;
    return seconds;
  } finally {
    vi.useRealTimers();
  }
}

test('a client that takes a block now and then keeps its place for a minute', async () => {
  const seconds = await servedSlowly(1, 200);
  expect(seconds).toBeGreaterThan(55);
  expect(seconds).toBeLessThan(75);
});

test(
  'a slow client that gets on is served, for an hour at most',
  { timeout: 120_000 },
  async () => {
    const seconds = await servedSlowly(16, 5000);
    expect(seconds).toBeGreaterThan(3580);
    expect(seconds).toBeLessThan(3620);
  },
);

async function portOf(bound: Socket): Promise<number> {
  await new Promise<void>((resolve) => {
    bound.bind(0, '127.0.0.1', resolve);
  });
  return bound.address().port;
}
