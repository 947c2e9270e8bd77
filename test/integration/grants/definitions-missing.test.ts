// A service with a user of its own, before the administrator has loaded what such a user may not declare.
import { connectRpc, publisher, type RpcConnection } from '@metalcast/rpc';
import { topologyDefinitions } from '@metalcast/rpc/definitions';
import { permissionsOf } from '@metalcast/rpc/permissions';
import { startBroker, waitFor, type TestBroker } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

const timeoutMs = 20_000;

let broker: TestBroker;
let conn: RpcConnection | undefined;
let user: string;
const warnings: string[] = [];
beforeAll(async () => {
  broker = await startBroker();
  const { management, vhost } = broker;
  user = `new-${vhost}`;
  await management.makeUser(user, 'secret');
  await management.permit(vhost, user, permissionsOf('boot'));
  const url = new URL(broker.url);
  url.username = user;
  url.password = 'secret';
  const quiet = () => undefined;
  const warn = (fields: object) => void warnings.push(JSON.stringify(fields));
  const logger = { debug: quiet, info: quiet, warn, error: warn };
  conn = connectRpc({ url: url.href, service: 'boot', host: 'h', logger });
});
afterAll(async () => {
  await conn?.close();
  await broker.management.request('DELETE', `/users/${user}`);
  await broker.close();
});

test('its log names the missing exchange and the command; it goes on when the definitions are loaded', async () => {
  const named = (text: string) =>
    /no exchange 'nova'.*metalcast broker users create.*import_definitions/.test(text);
  await waitFor(() => warnings.some(named), { timeoutMs, what: 'the named error' });
  expect(conn?.connected).toBe(false);
  const { management, vhost } = broker;
  await management.request('POST', '/definitions', topologyDefinitions(vhost));
  await conn?.ready(timeoutMs);
  if (conn === undefined) throw new Error('not connected');
  const event = { kind: 'event', routingKey: 'boot.dhcp', body: '{}' } as const;
  await expect(publisher(conn).publish(event)).resolves.toBe('confirmed');
});
