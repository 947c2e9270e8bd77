import {
  connectRpc,
  rpcClient,
  publisher,
  type RpcConnection,
  type RpcLogger,
} from '@metalcast/rpc';
import { serve } from '@metalcast/rpc/testing';
import { Fault } from '@metalcast/domain';
import { startBroker, waitFor, type TestBroker } from '@metalcast/testing';
import { connect, type ChannelModel } from 'amqplib';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { calc, calcHandlers, ctx } from './calc.js';

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

const aTopic = () => ({ ...calc, topic: `calc_${randomUUID().slice(0, 8)}` });

function connected(maxMessageBytes?: number): { conn: RpcConnection; warnings: string[] } {
  const warnings: string[] = [];
  const quiet = () => undefined;
  const keep = (fields: object, message: string) =>
    void warnings.push(`${message} ${JSON.stringify(fields)}`);
  const logger: RpcLogger = { debug: quiet, info: quiet, warn: keep, error: keep };
  const limit = maxMessageBytes === undefined ? {} : { maxMessageBytes };
  const conn = connectRpc({ url: broker.url, host: 'h', logger, ...limit });
  closing.push(() => conn.close());
  return { conn, warnings };
}

async function waiting(queue: string): Promise<number> {
  const channel = await model.createChannel();
  const { messageCount } = await channel.checkQueue(queue);
  await channel.close();
  return messageCount;
}

test(
  'a failure that quotes its input is cut, and costs nobody the channel',
  async () => {
    const topic = aTopic();
    const { conn, warnings } = connected();
    let runs = 0;
    const quoting = () => {
      runs += 1;
      const reason = 'ab"\\'.repeat(500_000);
      return Promise.reject(new Fault('BAD_REQUEST', { reason }, { evidence: [reason, reason] }));
    };
    const server = await serve(conn, topic, { ...calcHandlers('h', []), fail: quoting });
    closing.push(() => server.close(0));
    const client = rpcClient(connected().conn, topic, { timeoutMs: 5_000 });
    const failed = client.call.fail({ how: 'x' }, ctx).catch((error: unknown) => error);
    const fault = (await failed) as Fault;
    expect(fault).toMatchObject({ code: 'BAD_REQUEST' });
    expect(JSON.stringify([fault.message, fault.details, fault.evidence]).length).toBeLessThan(
      100_000,
    );
    await expect(client.call.add({ a: 1, b: 2 }, ctx)).resolves.toEqual({ sum: 3 });
    expect(runs).toBe(1);
    expect(warnings).toEqual([]);
  },
  timeoutMs,
);

test(
  'a message that the broker refuses is given up alone, and told of to people',
  async () => {
    // More than the broker takes: somebody set it wrongly.
    const { conn } = connected(50_000_000);
    const topic = aTopic();
    const { publish } = publisher(conn);
    const server = await serve(conn, topic, calcHandlers('h', []));
    closing.push(() => server.close(0));
    const cast = (text: string) => ({
      kind: 'cast' as const,
      routingKey: topic.topic,
      body: JSON.stringify({ method: 'note', version: '1.0', args: { text } }),
    });
    const small = Array.from({ length: 20 }, () => publish(cast('small')));
    const large = publish(cast('x'.repeat(5_000_000)));
    const more = Array.from({ length: 20 }, () => publish(cast('small')));
    expect(new Set(await Promise.all([...small, large, ...more]))).toEqual(new Set(['confirmed']));
    await waitFor(async () => (await waiting(`${topic.topic}.dead`)) === 1, {
      timeoutMs: 5_000,
      what: 'the refused one among the dead letters',
    });
  },
  timeoutMs,
);

test(
  'a reply queue that refuses holds no slot, and no call is run again',
  async () => {
    const topic = aTopic();
    const { conn, warnings } = connected();
    const runs = new Map<number, number>();
    const add = ({ a, b }: { a: number; b: number }) => {
      runs.set(a, (runs.get(a) ?? 0) + 1);
      return Promise.resolve({ sum: a + b });
    };
    const server = await serve(conn, topic, { ...calcHandlers('h', []), add });
    closing.push(() => server.close(0));
    const channel = await model.createConfirmChannel();
    const full = `reply_${randomUUID()}`;
    await channel.assertQueue(full, {
      durable: false,
      exclusive: true,
      arguments: { 'x-max-length': 0, 'x-overflow': 'reject-publish' },
    });
    const count = 48;
    for (let a = 1; a <= count; a += 1) {
      const request = {
        method: 'add',
        version: '1.0',
        args: { a, b: 0 },
        _msg_id: randomUUID().replaceAll('-', ''),
        _unique_id: randomUUID(),
        _reply_q: full,
      };
      channel.publish('nova', topic.topic, Buffer.from(JSON.stringify(request)));
    }
    await channel.waitForConfirms();
    const client = rpcClient(connected().conn, topic, { timeoutMs: 5_000 });
    await expect(client.call.add({ a: 0, b: 2 }, ctx)).resolves.toEqual({ sum: 2 });
    await waitFor(() => warnings.filter((text) => text.includes(full)).length === count, {
      timeoutMs: 30_000,
      what: `${count} dropped replies, not ${warnings.length} warnings`,
    });
    expect(await waiting(topic.topic)).toBe(0);
    expect([...runs.values()]).toEqual(Array(count + 1).fill(1));
    expect(warnings.filter((text) => text.includes('tried again'))).toEqual([]);
    await channel.close();
  },
  timeoutMs,
);
