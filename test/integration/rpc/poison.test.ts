import {
  castMessage,
  connectRpc,
  publisher,
  rpcClient,
  type RpcConnection,
  type RpcLogger,
} from '@metalcast/rpc';
import { follow, serve, subscribe } from '@metalcast/rpc/testing';
import { startBroker, waitFor, type TestBroker } from '@metalcast/testing';
import { connect, type ChannelModel, type Options } from 'amqplib';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { calc, calcHandlers, ctx, type Noted } from './calc.js';
import { nestedList, nestedTable, publishWithHeaders } from './raw-publish.js';
import { poisonBodies, tooLarge } from '../../../libs/rpc/src/conformance/poison-bodies.js';

/** What a message may have here; less than the broker takes. */
const maxMessageBytes = 2_000_000;
const forms = { ...poisonBodies, 'more bytes than allowed': tooLarge(maxMessageBytes) };
const count = Object.keys(forms).length;
const timeoutMs = 60_000;

let broker: TestBroker;
let model: ChannelModel;
const closing: (() => Promise<void>)[] = [];
beforeAll(async () => {
  broker = await startBroker();
  closing.push(() => broker.close());
  model = await connect(broker.url);
  closing.push(() => model.close());
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

interface Logged {
  readonly level: string;
  readonly message: string;
  readonly text: string;
}

function keepLog(): { logger: RpcLogger; logged: Logged[] } {
  const logged: Logged[] = [];
  const at = (level: string) => (fields: object, message: string) => {
    logged.push({
      level,
      message,
      text: JSON.stringify(fields, (_, value: unknown) =>
        value instanceof Error ? `${value.name} ${value.message}` : value,
      ),
    });
  };
  return {
    logged,
    logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
  };
}

function connected(host: string): { conn: RpcConnection; logged: Logged[] } {
  const { logger, logged } = keepLog();
  const conn = connectRpc({ url: broker.url, host, logger, maxMessageBytes });
  closing.push(() => conn.close());
  return { conn, logged };
}

async function send(
  exchange: string,
  key: string,
  body: string | Buffer,
  options: Options.Publish = {},
): Promise<void> {
  const channel = await model.createConfirmChannel();
  channel.publish(exchange, key, Buffer.from(body), { persistent: true, ...options });
  await channel.waitForConfirms();
  await channel.close();
}

async function waiting(queue: string): Promise<number> {
  const channel = await model.createChannel();
  const { messageCount } = await channel.checkQueue(queue);
  await channel.close();
  return messageCount;
}

interface Dead {
  readonly body: string;
  readonly reason: string;
}

/** All that was put aside, once there are `wanted` of them. */
async function deadLettered(queue: string, wanted: number): Promise<Dead[]> {
  const channel = await model.createChannel();
  const found: Dead[] = [];
  await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await channel.consume(queue, (message) => {
    if (message === null) return;
    found.push({
      body: message.content.toString(),
      reason: String(message.properties.headers?.['metalcast-reason']),
    });
    channel.ack(message);
  });
  await waitFor(() => found.length >= wanted, {
    timeoutMs,
    what: `${wanted} messages in ${queue}, not ${JSON.stringify(found.map(({ reason }) => reason))}`,
  });
  await channel.close();
  return found;
}

/** Nothing comes again: everything is acknowledged, and what was put aside was put there once. */
async function settled(queues: readonly string[]): Promise<void> {
  await waitFor(async () => (await Promise.all(queues.map(waiting))).every((left) => left === 0), {
    timeoutMs,
    what: `${queues.join(', ')} to be empty`,
  });
}

test.each(['any worker', 'one host', 'every worker'])(
  'each kind of poison sent to %s is put aside once, and the valid is served',
  async (whom) => {
    const topic = { ...calc, topic: `calc_${randomUUID().slice(0, 8)}` };
    const noted: Noted[] = [];
    const { conn, logged } = connected('h1');
    const server = await serve(conn, topic, calcHandlers('h1', noted));
    closing.push(() => server.close(0));
    const note = (text: string) =>
      publisher(conn).publish(castMessage(topic, 'note', { text }, ctx));
    await note('before');
    const [exchange, key] =
      whom === 'every worker'
        ? [`${topic.topic}_fanout`, '']
        : ['nova', whom === 'one host' ? `${topic.topic}.h1` : topic.topic];
    for (const body of Object.values(forms)) await send(exchange, key, body);
    const dead = await deadLettered(`${topic.topic}.dead`, count);
    await note('after');
    await waitFor(() => noted.length === 2, { timeoutMs, what: 'both valid casts' });
    await settled([topic.topic, `${topic.topic}.h1`, `${topic.topic}.dead`]);
    expect(noted.map(({ text }) => text).toSorted()).toEqual(['after', 'before']);
    expect(dead.filter(({ reason }) => reason === 'undefined')).toEqual([]);
    expect(JSON.stringify(dead)).not.toContain('canary');
    expect(Math.max(...dead.map(({ body }) => body.length))).toBeLessThan(maxMessageBytes);
    const troubles = logged.filter(({ level }) => level === 'error' || level === 'warn');
    expect(troubles.map(({ message }) => message)).toEqual(
      Array(count).fill('dead-lettered a message'),
    );
    expect(Math.max(...troubles.map(({ text }) => text.length))).toBeLessThan(2_000);
    expect(JSON.stringify(troubles)).not.toContain('canary');
  },
  2 * timeoutMs,
);

test(
  'poison among the events is put aside once by those who subscribe, and passed over by those who follow',
  async () => {
    const { conn, logged } = connected('h2');
    const queue = `q_${randomUUID().slice(0, 8)}`;
    const [heard, followed]: [string[], string[]] = [[], []];
    const bindings = ['poison.test'];
    const subscription = await subscribe(conn, {
      queue,
      bindings,
      handler: ({ id }) => Promise.resolve(void heard.push(id)),
    });
    closing.push(() => subscription.close(0));
    const following = await follow(conn, { bindings, handler: ({ id }) => void followed.push(id) });
    closing.push(() => following.close(0));
    const uuid = '7c1b2c3d-0000-4000-8000-000000000001';
    const event = (id: string, data = '1', subject = uuid) =>
      `{"specversion":"1.0","id":"${id}","source":"/t","type":"poison.test","subject":"${subject}","time":"t","datacontenttype":"application/json","sequence":"1","data":${data}}`;
    const events = {
      ...forms,
      'an event that is deep': event('deep', '['.repeat(5_000) + ']'.repeat(5_000)),
      'an id of 100,000 letters': event('i'.repeat(100_000)),
      'an id that no row can hold': event(String.raw`a\u0000b`),
      'data that no row can hold': event('data', String.raw`[{"a":"\ud800"}]`),
      'a subject that is no uuid': event('subject', '1', 'n1'),
      'a subject that no row can hold': event('subject', '1', String.raw`${uuid}\u0000`),
    };
    const total = Object.keys(events).length;
    const exchange = 'metalcast.events';
    await send(exchange, 'poison.test', event('before'));
    for (const body of Object.values(events)) await send(exchange, 'poison.test', body);
    await send(exchange, 'poison.test', event('after'));
    const dead = await deadLettered(`${queue}.dead`, total);
    await waitFor(() => heard.length === 2 && followed.length === 2, {
      timeoutMs,
      what: 'both valid events',
    });
    await settled([queue, `${queue}.dead`]);
    expect(dead).toHaveLength(total);
    expect(JSON.stringify(dead)).not.toContain('canary');
    expect([heard, followed]).toEqual([
      ['before', 'after'],
      ['before', 'after'],
    ]);
    expect(JSON.stringify(logged)).not.toContain('canary');
  },
  2 * timeoutMs,
);

test(
  'poison among the replies is passed over, and the call that comes after is answered',
  async () => {
    const topic = { ...calc, topic: `calc_${randomUUID().slice(0, 8)}` };
    const { conn } = connected('h3');
    const server = await serve(conn, topic, calcHandlers('h3', []));
    closing.push(() => server.close(0));
    const { conn: calling, logged } = connected('c');
    const client = rpcClient(calling, topic, { timeoutMs });
    await expect(client.call.add({ a: 1, b: 1 }, ctx)).resolves.toEqual({ sum: 2 });
    const queue = calling.replies.queueName;
    for (const body of Object.values(forms)) await send('', queue, body);
    await expect(client.call.add({ a: 1, b: 2 }, ctx)).resolves.toEqual({ sum: 3 });
    await settled([queue]);
    expect(logged.filter(({ level }) => level === 'warn')).toHaveLength(count);
    expect(JSON.stringify(logged)).not.toContain('canary');
  },
  2 * timeoutMs,
);

const table = (depth: number): object =>
  Array.from({ length: depth }).reduce<object>((inner) => ({ a: inner }), {});

test.each<[string, Record<string, unknown>]>([
  ['tries that are a text', { 'metalcast-tries': 'many' }],
  ['tries that are an object', { 'metalcast-tries': { valueOf: 'x', toString: 'y' } }],
  ['tries below none', { 'metalcast-tries': -1e9 }],
  ['tries that are half a one', { 'metalcast-tries': 0.5 }],
  ['deliveries that are an object', { 'x-delivery-count': { valueOf: 'x', toString: 'y' } }],
  ['deliveries below none', { 'x-delivery-count': -5 }],
  ['a table in a table, 300 deep', { deep: table(300) }],
  ['50,000 bytes of header', { long: 'x'.repeat(50_000) }],
  ['names that every object has', { __proto__: null, constructor: 1, hasOwnProperty: 'x' }],
])(
  'a message with %s in its headers fails as often as any other',
  async (_, headers) => {
    const topic = { ...calc, topic: `calc_${randomUUID().slice(0, 8)}` };
    const { conn } = connected('h4');
    let runs = 0;
    const handlers = {
      ...calcHandlers('h4', []),
      note: () => Promise.reject(new Error(`down ${(runs += 1)}`)),
    };
    const server = await serve(conn, topic, handlers, { retry: { delaysMs: [50], tries: 3 } });
    closing.push(() => server.close(0));
    const { body } = castMessage(topic, 'note', { text: 'x' }, ctx);
    await send('nova', topic.topic, body, { headers });
    const dead = await deadLettered(`${topic.topic}.dead`, 1);
    await settled([topic.topic, `${topic.topic}.dead`]);
    expect(dead.map(({ reason }) => reason)).toEqual(['Error: down 3']);
  },
  2 * timeoutMs,
);

test.each([
  ['tables, 18,000 deep', nestedTable(18_000)],
  ['lists, 25,000 deep', nestedList(25_000)],
  ['a byte that says a length that is not there', Buffer.from([1, 0x61, 0x53, 0, 0, 1])],
])(
  'a message with %s for headers is put aside once, and costs nobody the connection',
  async (_, table) => {
    const topic = { ...calc, topic: `calc_${randomUUID().slice(0, 8)}` };
    const noted: Noted[] = [];
    const { conn, logged } = connected('h5');
    const server = await serve(conn, topic, calcHandlers('h5', noted));
    closing.push(() => server.close(0));
    const attacker = await connect(broker.url);
    attacker.on('error', () => undefined);
    const sent = await publishWithHeaders(
      attacker,
      { exchange: 'nova', routingKey: topic.topic },
      table,
    ).then(
      () => true,
      () => false,
    );
    await attacker.close().catch(() => undefined);
    const dead = await deadLettered(`${topic.topic}.dead`, sent ? 1 : 0);
    await publisher(conn).publish(castMessage(topic, 'note', { text: 'after' }, ctx));
    await waitFor(() => noted.length === 1, { timeoutMs, what: 'the valid cast' });
    await settled([topic.topic, `${topic.topic}.dead`]);
    expect(dead.map(({ reason }) => reason)).toEqual(
      sent ? ['BadMessage: headers that cannot be read'] : [],
    );
    expect(logged.filter(({ level }) => level === 'warn')).toEqual([]);
  },
  2 * timeoutMs,
);
