// A message that the broker forbids to a service: nobody else's message fails with it.
import { connectRpc, publisher, silentLogger, type RpcConnection } from '@metalcast/rpc';
import { startBroker, type TestBroker } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { PublishSession } from '../../../libs/rpc/src/amqp/publish-session.js';

const timeoutMs = 20_000;

let broker: TestBroker;
let conn: RpcConnection;
beforeAll(async () => {
  broker = await startBroker();
  conn = connectRpc({
    url: await broker.urlOf('boot'),
    service: 'boot',
    host: 'h',
    logger: silentLogger,
  });
  await conn.ready(timeoutMs);
});
afterAll(async () => {
  await conn.close();
  await broker.close();
});

const event = (id: number) =>
  ({ kind: 'event', routingKey: 'boot.dhcp', body: JSON.stringify({ id }) }) as const;
/** Boot casts to nobody. */
const forbidden = { kind: 'cast', routingKey: 'power', body: '{}' } as const;

test('a forbidden message is refused, and those that wait with it for their confirms are confirmed', async () => {
  const { publish } = publisher(conn, { timeoutMs });
  const before = Array.from({ length: 50 }, (_, id) => publish(event(id)));
  const refused = publish(forbidden);
  const after = Array.from({ length: 50 }, (_, id) => publish(event(100 + id)));
  await expect(refused).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  const outcomes = await Promise.all([...before, ...after]);
  expect(new Set(outcomes)).toEqual(new Set(['confirmed']));
});

test('a message that was forbidden just now costs the others not even a second try', async () => {
  const { publish } = publisher(conn, { timeoutMs });
  await expect(publish(forbidden)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  const tries = vi.spyOn(PublishSession.prototype, 'publish');
  const again = publish(forbidden);
  const others = Array.from({ length: 50 }, (_, id) => publish(event(id)));
  await expect(again).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(new Set(await Promise.all(others))).toEqual(new Set(['confirmed']));
  expect(tries).toHaveBeenCalledTimes(51);
});

test('all who wait for a channel after the broker closed theirs get the same one', async () => {
  const { publish } = publisher(conn, { timeoutMs });
  const closesChannel = publish({ ...forbidden, routingKey: 'compute' });
  await expect(closesChannel).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  const opened = vi.spyOn(PublishSession, 'on');
  const outcomes = await Promise.all(Array.from({ length: 50 }, (_, id) => publish(event(id))));
  expect(new Set(outcomes)).toEqual(new Set(['confirmed']));
  expect(opened).toHaveBeenCalledOnce();
});
