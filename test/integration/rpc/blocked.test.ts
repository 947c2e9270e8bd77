import { connectRpc, publisher, silentLogger, subscribe } from '@metalcast/rpc';
import { startBroker } from '@metalcast/testing';
import { expect, test, vi } from 'vitest';
import { BlockingProxy } from './blocking-proxy.js';

test('what a broker short of memory does not read is not written to it again and again', async () => {
  const broker = await startBroker();
  const proxy = await BlockingProxy.before(new URL(broker.url));
  const url = new URL(broker.url);
  url.port = String(proxy.port);
  const conn = connectRpc({ url: url.href, host: 'h', logger: silentLogger });
  const listening = connectRpc({ url: broker.url, host: 'l', logger: silentLogger });
  const heard: string[] = [];
  const subscribed = await subscribe(listening, {
    queue: 'blocked.events',
    bindings: ['node.#'],
    handler: ({ id }) => {
      heard.push(id);
      return Promise.resolve();
    },
  });
  const { publish } = publisher(conn, { timeoutMs: 200 });
  await conn.ready(10_000);
  proxy.block();
  await vi.waitFor(() => {
    expect(conn.connected).toBe(false);
  });
  for (const attempt of ['first', 'second', 'third']) {
    await expect(publish(anEvent(attempt))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  }
  const patient = publisher(conn, { timeoutMs: 10_000 }).publish(anEvent('patient'));
  proxy.unblock();
  await expect(patient).resolves.toBe('confirmed');
  expect(conn.connected).toBe(true);
  await expect(publish(anEvent('last'))).resolves.toBe('confirmed');
  await vi.waitFor(() => {
    expect(heard).toContain('last');
  });
  expect(heard).toEqual(['patient', 'last']);
  await subscribed.close(0);
  await conn.close();
  await listening.close();
  await proxy.close();
  await broker.close();
});

const anEvent = (id: string) => ({
  kind: 'event' as const,
  routingKey: 'node.state',
  body: JSON.stringify({
    specversion: '1.0',
    id,
    source: '/test',
    type: 'node.state',
    subject: 'n1',
    time: new Date(0).toISOString(),
    datacontenttype: 'application/json',
    sequence: '1',
    data: {},
  }),
});
