import { connect } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { Health } from './health.js';

const counts = { rejections: 0, exceptions: 2 };

test('alive at once, ready when every indicator is up', async () => {
  const health = new Health({ counts }, 0);
  let connected = false;
  health.check('broker', () => connected);
  health.check('database', () => Promise.resolve(true));
  const url = await health.listen('127.0.0.1', 0);
  try {
    const alive = await fetch(`${url}/healthz`);
    expect(alive.status).toBe(200);
    expect(await alive.json()).toEqual({
      status: 'ok',
      info: {},
      error: {},
      details: {},
      unhandled: counts,
    });
    const notReady = await fetch(`${url}/readyz`);
    expect(notReady.status).toBe(503);
    expect(await notReady.json()).toEqual({
      status: 'error',
      info: { database: { status: 'up' } },
      error: { broker: { status: 'down' } },
      details: { broker: { status: 'down' }, database: { status: 'up' } },
      unhandled: counts,
    });
    connected = true;
    const ready = await fetch(`${url}/readyz`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ status: 'ok', error: {} });
    health.check('disk', () => {
      throw new Error('gone');
    });
    expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({
      status: 'error',
      error: { disk: { status: 'down' } },
    });
    health.markStopping();
    const stopping = await fetch(`${url}/readyz`);
    expect(stopping.status).toBe(503);
    expect(await stopping.json()).toMatchObject({ status: 'shutting_down' });
  } finally {
    await health.close();
  }
});

test('frequent requests for readiness get answers, and the database is asked once', async () => {
  const health = new Health({ counts });
  let asked = 0;
  health.check('database', async () => {
    asked += 1;
    await new Promise(setImmediate);
    return true;
  });
  const url = await health.listen('127.0.0.1', 0);
  try {
    const answers = await Promise.all(Array.from({ length: 50 }, () => fetch(`${url}/readyz`)));
    expect([...new Set(answers.map(({ status }) => status))]).toEqual([200]);
    expect(asked).toBe(1);
    health.markStopping();
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
  } finally {
    await health.close();
  }
});

test('a service that has started is ready at once, even just after a request', async () => {
  const health = new Health({ counts });
  let reachable = false;
  health.check('database', () => Promise.resolve(reachable));
  const url = await health.listen('127.0.0.1', 0);
  try {
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    reachable = true;
    health.changed();
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  } finally {
    await health.close();
  }
});

test('indicators that need no query are never remembered', async () => {
  const health = new Health({ counts });
  let serving = false;
  health.check('boot', () => serving);
  const url = await health.listen('127.0.0.1', 0);
  try {
    for (const status of [503, 200, 503]) {
      serving = status === 200;
      expect((await fetch(`${url}/readyz`)).status).toBe(status);
    }
  } finally {
    await health.close();
  }
});

test('connections that are held open, and pipelined requests, do not keep others out', async () => {
  const health = new Health({ counts });
  const { hostname, port } = new URL(await health.listen('127.0.0.1', 0));
  const open = async (): Promise<ReturnType<typeof connect>> => {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.on('error', () => undefined).resume();
    await once(socket, 'connect');
    return socket;
  };
  const held = await Promise.all(Array.from({ length: 150 }, open));
  try {
    expect((await fetch(`http://${hostname}:${port}/healthz`)).status).toBe(200);
    const eager = await open();
    eager.write('GET /readyz HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(1000));
    await once(eager, 'close');
    expect(eager.bytesRead).toBeLessThan(20_000);
  } finally {
    held.forEach((socket) => socket.destroy());
    await health.close();
  }
});

test('of a body that arrives in single bytes little is accepted', async () => {
  const health = new Health({ counts });
  const { hostname, port } = new URL(await health.listen('127.0.0.1', 0));
  const socket = connect({ host: hostname, port: Number(port) });
  const ended = new Promise((resolve) => socket.once('close', resolve));
  const most = 64 * 1024 ** 2;
  socket.on('error', () => undefined).resume();
  socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n');
  const more = (): void => {
    while (!socket.destroyed && socket.bytesWritten < most) {
      if (!socket.write('1\r\n \r\n'.repeat(10_000))) {
        socket.once('drain', more);
        return;
      }
    }
    socket.end();
  };
  try {
    more();
    await ended;
    // The kernel buffers some bytes that the server has not read.
    expect(socket.bytesWritten).toBeLessThan(most / 4);
  } finally {
    socket.destroy();
    await health.close();
  }
});
