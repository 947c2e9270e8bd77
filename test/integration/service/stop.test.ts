// A service's process that is stopped while its broker or database is not there, or does not answer.
import {
  startBroker,
  startDatabase,
  TestKeys,
  waitFor,
  type TestBroker,
  type TestDatabase,
} from '@metalcast/testing';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ServiceProcess, type ServiceName } from '../keys/service-process.js';
import { TcpProxy } from '../tcp-proxy.js';

const nobody = 'amqp://guest:guest@127.0.0.1:1';
const keys = new TestKeys();
let database: TestDatabase;
let broker: TestBroker;
let service: ServiceProcess | undefined;

beforeAll(async () => {
  [database, broker] = await Promise.all([startDatabase(), startBroker()]);
});
afterEach(() => service?.close());
afterAll(async () => {
  await broker.close();
  await database.close();
});

function spawn(
  name: ServiceName,
  amqpUrl: string,
  changes: Record<string, string> = {},
): ServiceProcess {
  service = ServiceProcess.spawn(name, { database, amqpUrl, keys }, changes);
  return service;
}

const logged = (process: ServiceProcess, text: string): Promise<unknown> =>
  waitFor(() => process.log.includes(text), { timeoutMs: 20_000, what: text });

test('a signal ends at once a service that waits for its database', async () => {
  const power = spawn('power', nobody, { DATABASE_URL: 'postgresql://user@127.0.0.1:1/none' });
  await logged(power, 'waiting for the database');
  power.signal('SIGTERM');
  expect(await power.exitCode()).toBe(0);
  expect(power.log).toContain('"msg":"stopping"');
});

test('a service that waits for its first broker stops in order', async () => {
  const helper = spawn('deploy-helper', nobody);
  await logged(helper, 'ramdisks are answered');
  helper.signal('SIGTERM');
  expect(await helper.exitCode()).toBe(0);
  expect(helper.log).toContain('"msg":"stopping"');
  expect(helper.log).toContain('"msg":"stopped"');
  expect(helper.log).not.toContain('could not start');
});

test('a service stops in order and in time although its broker does not answer', async () => {
  const proxy = await TcpProxy.before(new URL(broker.url));
  const url = new URL(broker.url);
  url.port = String(proxy.port);
  // Less than heartbeats take to find the connection lost.
  const power = spawn('power', url.href, { METALCAST_SHUTDOWN_MS: '14000' });
  await power.started();
  proxy.mute();
  power.signal('SIGTERM');
  expect(await power.exitCode()).toBe(0);
  expect(power.log).toContain('"msg":"stopped"');
  await proxy.close();
});
