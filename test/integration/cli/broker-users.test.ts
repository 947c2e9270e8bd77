import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { serviceNames } from '@metalcast/domain';
import { connectRpc, silentLogger } from '@metalcast/rpc';
import { ownLedger, startBroker, type TestBroker } from '@metalcast/testing';
import { connect } from 'amqplib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { metalcast } from './metalcast.js';

let broker: TestBroker;
let folder: string;
beforeAll(async () => {
  broker = await startBroker();
  folder = join(ownLedger().folder, 'broker');
});
afterAll(async () => {
  await Promise.all(
    serviceNames.map((service) =>
      broker.management.request('DELETE', `/users/${broker.vhost}-${service}`),
    ),
  );
  await broker.close();
});

const create = (...more: string[]) =>
  metalcast([
    ...['broker', 'users', 'create', folder, ...more, '--vhost', broker.vhost],
    ...['--prefix', broker.vhost, '--address', new URL(broker.url).host],
  ]);
const inFile = (name: string): string => readFileSync(join(folder, name), 'utf8');

test('after RabbitMQ has loaded the definitions, each service logs in with its own permissions', async () => {
  const { code, stdout, stderr } = await create();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  await broker.management.request('POST', '/definitions', JSON.parse(inFile('definitions.json')));
  // RabbitMQ's own account must pass through the folder to the definitions.
  expect(statSync(folder).mode & 0o777).toBe(0o711);
  expect(statSync(join(folder, 'definitions.json')).mode & 0o777).toBe(0o644);
  for (const service of serviceNames) {
    const url = inFile(service);
    expect(statSync(join(folder, service)).mode & 0o777).toBe(0o600);
    expect(stdout + inFile('definitions.json')).not.toContain(new URL(url).password);
    const connection = await connect(url);
    await connection.close();
  }
  const connection = await connect(inFile('boot'));
  const channel = await connection.createChannel();
  const code403 = new Promise((resolve) => {
    channel.on('error', ({ code: reason }: { code?: number }) => {
      resolve(reason);
    });
  });
  await expect(channel.assertQueue('power')).rejects.toThrow();
  expect(await code403).toBe(403);
  await connection.close();
});

test('what the services may not declare is declared by the definitions: each of them connects', async () => {
  for (const service of serviceNames) {
    const conn = connectRpc({ url: inFile(service), service, host: 'h', logger: silentLogger });
    await conn.ready(20_000);
    await conn.close();
  }
});

test('the exchange outlives a restart of RabbitMQ, unless foreign peers want another', async () => {
  const inDefinitions = () => {
    const { exchanges } = JSON.parse(inFile('definitions.json')) as {
      exchanges: { name: string; durable: boolean }[];
    };
    return exchanges.find(({ name }) => name === 'nova')?.durable;
  };
  expect(inDefinitions()).toBe(true);
  const { stdout } = await create('--no-exchange-durable');
  expect(stdout).toContain('After each start');
  expect(inDefinitions()).toBe(false);
  // The exchange that RabbitMQ has stays as it is.
  await broker.management.request('POST', '/definitions', JSON.parse(inFile('definitions.json')));
  const path = `/exchanges/${broker.vhost}/nova`;
  expect(await broker.management.request('GET', path)).toMatchObject({ durable: true });
});

test('a user with an existing file keeps its password; the definitions contain all users', async () => {
  const before = inFile('power');
  expect(await create('power')).toMatchObject({ code: 0 });
  expect(inFile('power')).toBe(before);
  const { users } = JSON.parse(inFile('definitions.json')) as { users: { name: string }[] };
  expect(users.map(({ name }) => name)).toEqual(
    serviceNames.map((service) => `${broker.vhost}-${service}`),
  );
});
