import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { askHttp } from './fake-http.js';

let server: Server | undefined;
let connections: number;
afterEach(async () => {
  const closing = server;
  if (closing !== undefined) {
    await new Promise((closed) => {
      closing.close(closed);
      closing.closeAllConnections();
    });
  }
});

async function serve(listener: RequestListener): Promise<URL> {
  connections = 0;
  const started = createServer(listener);
  server = started;
  started.on('connection', () => (connections += 1));
  await new Promise<void>((listening) => started.listen(0, '127.0.0.1', listening));
  return new URL(`http://127.0.0.1:${String((started.address() as AddressInfo).port)}/power`);
}

const ask = (url: URL, timeoutMs = 5000, signal?: AbortSignal) =>
  askHttp(
    { url, method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"on":1}' },
    { timeoutMs, ...(signal === undefined ? {} : { signal }) },
  );

test('requests share a connection', async () => {
  const bodies: string[] = [];
  const url = await serve((request, response) => {
    request.setEncoding('utf8').on('data', (piece: string) => bodies.push(piece));
    request.on('end', () => response.writeHead(202).end('yes'));
  });
  for (let count = 0; count < 3; count += 1) {
    expect(await ask(url)).toEqual({ status: 202, text: 'yes' });
  }
  expect(bodies).toEqual(['{"on":1}', '{"on":1}', '{"on":1}']);
  expect(connections).toBe(1);
});

test('a kept connection that ends without an answer is replaced, a new one is not', async () => {
  let asked = 0;
  const ends = new Set([2, 4, 5]);
  const url = await serve((request, response) => {
    asked += 1;
    if (ends.has(asked)) {
      request.socket.destroy();
    } else {
      response.end('yes');
    }
  });
  expect(await ask(url)).toMatchObject({ text: 'yes' });
  expect(await ask(url)).toMatchObject({ text: 'yes' });
  expect([asked, connections]).toEqual([3, 2]);
  await expect(ask(url)).rejects.toThrow('socket hang up');
  expect([asked, connections]).toEqual([5, 3]);
});

test('silence ends at the time limit, and is reported', async () => {
  const url = await serve(() => undefined);
  await expect(ask(url, 50)).rejects.toThrow('no answer within 50 ms');
});

test('half an answer is an error', async () => {
  const url = await serve((_, response) => response.writeHead(200).write('ye'));
  await expect(ask(url, 100)).rejects.toThrow('no answer within 100 ms');
});

test('an endless answer is given up', async () => {
  const url = await serve((_, response) => {
    const more = (): void => {
      if (response.write('x'.repeat(8192))) setImmediate(more);
      else response.once('drain', more);
    };
    more();
  });
  await expect(ask(url)).rejects.toThrow('more than 65536 bytes');
});

test('the signal ends it, before it began or under way', async () => {
  const stop = new AbortController();
  const url = await serve(() => {
    stop.abort(new Error('stopping'));
  });
  await expect(ask(url, 5000, stop.signal)).rejects.toThrow('stopping');
  await expect(ask(url, 5000, stop.signal)).rejects.toThrow('stopping');
});

test('a refused connection is reported', async () => {
  const url = await serve(() => undefined);
  server?.close();
  await expect(ask(url)).rejects.toThrow('ECONNREFUSED');
});
