import { startBroker } from '@metalcast/testing';
import { beforeAll, expect, test } from 'vitest';
import {
  connectRpc,
  notificationMessage,
  publisher,
  silentLogger,
  type Notification,
} from '@metalcast/rpc';
import { ctx } from './calc.js';
import { requireOslo, startPeer } from './oslo-peer.js';

beforeAll(requireOslo);

const created: Notification = {
  publisherId: 'compute.host1',
  eventType: 'compute.instance.create.start',
  priority: 'INFO',
  payload: { instance_id: 'i-1', display_name: 'é' },
  at: new Date('2026-11-22T12:11:44.647Z'),
};

test.each([
  { queues: 'transient', exchangeDurable: false },
  { queues: 'durable', exchangeDurable: true },
] as const)(
  'a python3-oslo.messaging listener with $queues queues hears our notifications, those of before its start too',
  async ({ queues, exchangeDurable }) => {
    const broker = await startBroker();
    const { url } = broker;
    const conn = connectRpc({ url, exchangeDurable, host: 'h1', logger: silentLogger });
    const { publish } = publisher(conn);
    const notify = (notification: Notification) => publish(notificationMessage(notification, ctx));

    await expect(notify(created)).resolves.toBe('confirmed');
    const topics = 'notifications,versioned_notifications';
    const listener = await startPeer('listener', { url, queues }, topics);
    expect(await listener.heard()).toEqual({
      priority: 'info',
      publisher_id: 'compute.host1',
      event_type: 'compute.instance.create.start',
      payload: created.payload,
      timestamp: '2026-11-22 12:11:44.647000',
      request_id: ctx.requestId,
    });

    await notify({ ...created, priority: 'ERROR' });
    expect(await listener.heard()).toMatchObject({ priority: 'error' });
    await notify({
      ...created,
      topic: 'versioned_notifications',
      publisherId: 'nova-compute:host1',
      eventType: 'instance.create.start',
    });
    expect(await listener.heard()).toMatchObject({ publisher_id: 'nova-compute:host1' });
    await listener.close();
    await conn.close();
    await broker.close();
  },
);

test('a listener that came first and declared its queue otherwise hears them too', async () => {
  const broker = await startBroker();
  const { url } = broker;
  const listener = await startPeer('listener', { url, queues: 'quorum' }, 'notifications');
  const conn = connectRpc({ url, exchangeDurable: true, host: 'h1', logger: silentLogger });
  const { publish } = publisher(conn);
  await expect(publish(notificationMessage(created, ctx))).resolves.toBe('confirmed');
  expect(await listener.heard()).toMatchObject({ payload: created.payload });
  await listener.close();
  await conn.close();
  await broker.close();
});

test('what no listener fetches in time is dropped, and what comes after it is not', async () => {
  const broker = await startBroker();
  const { url } = broker;
  const conn = connectRpc({ url, host: 'h1', logger: silentLogger });
  const { publish } = publisher(conn);
  const sent = (payload: object, expiresInMs: number) =>
    publish({
      ...notificationMessage({ ...created, payload: { ...payload } }, ctx),
      expiresInMs,
    });
  await sent({ mark: 'late' }, -1000);
  await sent({ mark: 'in time' }, 600_000);
  const listener = await startPeer('listener', { url, queues: 'transient' }, 'notifications');
  expect(await listener.heard()).toMatchObject({ payload: { mark: 'in time' } });
  await listener.close();
  await conn.close();
  await broker.close();
});

test('a broker that lets its user make no queues is told at once, and other messages go on', async () => {
  const broker = await startBroker();
  const { url, vhost, management } = broker;
  const login = new URL(url);
  const user = `guest-${vhost}`;
  await management.request('PUT', `/users/${user}`, { password: 'narrow', tags: '' });
  const permissions = { configure: '^(?!notifications)', write: '.*', read: '.*' };
  await management.request('PUT', `/permissions/${vhost}/${user}`, permissions);
  login.username = user;
  login.password = 'narrow';
  const conn = connectRpc({ url: login.href, host: 'h1', logger: silentLogger });
  const { publish } = publisher(conn, { timeoutMs: 600_000 });
  await expect(publish(notificationMessage(created, ctx))).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringMatching(/no queue 'notifications.info'.*load the definitions/) as string,
  });
  const event = { kind: 'event' as const, routingKey: 'a.b', body: '{}' };
  await expect(publish(event)).resolves.toBe('confirmed');
  await conn.close();
  await management.request('DELETE', `/users/${user}`);
  await broker.close();
});
