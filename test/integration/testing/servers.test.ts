import { defaultMaxMessageBytes } from '@metalcast/rpc';
import { startBroker, startDatabase, startOwnBroker, startOwnDatabase } from '@metalcast/testing';
import { connect } from 'amqplib';
import { Client } from 'pg';
import { afterAll, expect, test } from 'vitest';

const closing: { close(): Promise<void> }[] = [];
afterAll(async () => {
  await Promise.all(closing.map((each) => each.close()));
});

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

test('two brokers do not see each other', async () => {
  const [one, two] = [await startBroker(), await startBroker()];
  closing.push(one, two);
  const connection = await connect(one.url);
  const channel = await connection.createChannel();
  await channel.assertQueue('only-here');
  const listed = async (vhost: string): Promise<unknown> =>
    one.management.request('GET', `/queues/${vhost}`);
  expect(await listed(one.vhost)).toMatchObject([{ name: 'only-here' }]);
  expect(await listed(two.vhost)).toEqual([]);
  await connection.close();
});

test('what a queue keeps survives a killed broker', async () => {
  const broker = await startOwnBroker();
  closing.push(broker);
  const before = await connect(broker.url);
  before.on('error', () => undefined);
  const channel = await before.createConfirmChannel();
  channel.on('error', () => undefined);
  const durable = { durable: true, arguments: { 'x-queue-type': 'quorum' } };
  await channel.assertQueue('kept', durable);
  channel.sendToQueue('kept', Buffer.from('hello'), { persistent: true });
  await channel.waitForConfirms();
  await broker.queueOnDisk('kept');
  await broker.kill9();
  expect(broker.pids()).toEqual([]);
  await broker.restart();
  const after = await connect(broker.url);
  const message = await (await after.createChannel()).get('kept');
  expect(message === false ? undefined : message.content.toString()).toBe('hello');
  await after.close();
});

test('the broker takes no message that is larger than a service reads', async () => {
  const broker = await startOwnBroker();
  closing.push(broker);
  const connection = await connect(broker.url);
  const publish = async (bytes: number): Promise<string> => {
    const channel = await connection.createConfirmChannel();
    const refused = new Promise<string>((resolve) => {
      channel.on('error', ({ message }) => {
        resolve(message);
      });
    });
    await channel.assertQueue('large');
    channel.sendToQueue('large', Buffer.alloc(bytes));
    const taken = channel.waitForConfirms().then(
      () => 'taken',
      () => refused,
    );
    return Promise.race([taken, refused]);
  };
  expect(await publish(defaultMaxMessageBytes)).toBe('taken');
  expect(await publish(defaultMaxMessageBytes + 1)).toContain('larger than');
  await connection.close();
});

test('two databases are not one', async () => {
  const [one, two] = [
    await startDatabase({ migrated: false }),
    await startDatabase({ migrated: false }),
  ];
  closing.push(one, two);
  await query(one.url, 'CREATE TABLE only_here ()');
  await expect(query(two.url, 'SELECT FROM only_here')).rejects.toThrow(/does not exist/);
});

test('a killed database comes back with its data', async () => {
  const database = await startOwnDatabase();
  closing.push(database);
  await query(database.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
  await database.kill9();
  expect(database.pid()).toBeUndefined();
  await database.restart();
  expect(await query(database.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
});
