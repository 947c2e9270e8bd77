import { connectRpc, publisher, silentLogger } from '@metalcast/rpc';
import { subscribe } from '@metalcast/rpc/testing';
import { startBroker, waitFor } from '@metalcast/testing';
import { expect, test } from 'vitest';
import { TcpProxy } from '../tcp-proxy.js';
import { beginAlarm, endAlarm } from './memory-alarm.js';

const timeoutMs = 15_000;

test('what a broker short of memory does not read is not written to it again and again', async () => {
  const broker = await startBroker();
  const proxy = await TcpProxy.before(new URL(broker.url));
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
  beginAlarm(proxy);
  await waitFor(() => !conn.connected, { timeoutMs, what: 'the alarm to be heard' });
  for (const attempt of ['first', 'second', 'third']) {
    await expect(publish(anEvent(attempt))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  }
  const patient = publisher(conn, { timeoutMs });
  const waiting = patient.publish(anEvent('patient'));
  endAlarm(proxy);
  await expect(waiting).resolves.toBe('confirmed');
  expect(conn.connected).toBe(true);
  await expect(patient.publish(anEvent('last'))).resolves.toBe('confirmed');
  await waitFor(() => heard.includes('last'), { timeoutMs, what: 'the last event' });
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
    subject: '7c1b2c3d-0000-4000-8000-000000000001',
    time: new Date(0).toISOString(),
    datacontenttype: 'application/json',
    sequence: '1',
    data: {},
  }),
});
