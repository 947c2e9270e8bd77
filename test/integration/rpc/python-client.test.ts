import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { connectRpc, serve, silentLogger, type RpcConnection } from '@metalcast/rpc';
import { calc, calcHandlers, type Noted } from './calc.js';
import { requireOslo, startPeer, type OsloPeer, type PeerOptions } from './oslo-peer.js';
import { startRabbit, type Rabbit } from './rabbit.js';

/** What a client has to be configured with; our queues are durable quorum queues in all of them. */
const settings: (Pick<PeerOptions, 'controlExchange' | 'queues'> & {
  name: string;
  exchangeDurable: boolean;
})[] = [
  { name: 'default settings', controlExchange: 'nova', queues: 'transient', exchangeDurable: false },
  {
    name: 'amqp_durable_queues',
    controlExchange: 'nova-durable',
    queues: 'durable',
    exchangeDurable: true,
  },
];

let rabbit: Rabbit;
beforeAll(async () => {
  requireOslo();
  rabbit = await startRabbit();
});
afterAll(() => rabbit.close());

describe.each(settings)('python3-oslo.messaging with $name as client of our server', (setting) => {
  const { exchangeDurable, controlExchange = 'nova', queues = 'transient' } = setting;
  const topic = { ...calc, topic: `calc_${queues}` };
  const target = { topic: topic.topic, version: '1.5', timeout: 10 };
  const noted: Noted[] = [];
  const closing: (() => Promise<void>)[] = [];
  let python: OsloPeer;

  const serveOn = async (host: string): Promise<RpcConnection> => {
    const options = { controlExchange, exchangeDurable, host, logger: silentLogger };
    const conn = connectRpc({ ...options, url: rabbit.url });
    const server = await serve(conn, topic, calcHandlers(host, noted));
    closing.push(async () => {
      await server.close();
      await conn.close();
    });
    return conn;
  };

  beforeAll(async () => {
    await Promise.all([serveOn('h1'), serveOn('h2')]);
    python = await startPeer('client', { url: rabbit.url, controlExchange, queues });
    closing.unshift(() => python.close());
  });
  afterAll(async () => {
    for (const close of closing) await close();
  });

  const call = (method: string, args: object, more: object = {}) =>
    python.ask({ ...target, do: 'call', method, args, ...more });

  test('call, to any worker and to one host', async () => {
    expect(await call('add', { a: 1, b: 2 })).toEqual({ result: { sum: 3 } });
    for (const server of ['h1', 'h2', 'h1']) {
      expect(await call('who_are_you', {}, { server })).toEqual({ result: server });
    }
  });

  test('cast, to any worker and to one host, and fanout', async () => {
    const cast = (text: string, more: object = {}) =>
      python.ask({ topic: topic.topic, version: '1.0', do: 'cast', method: 'note', args: { text }, ...more });
    await cast('any');
    await cast('one', { server: 'h2' });
    await cast('all', { fanout: true });
    await vi.waitFor(() => {
      expect(noted.map(({ text }) => text).toSorted()).toEqual(['all', 'all', 'any', 'one']);
    });
    expect(noted[0]?.ctx).toMatchObject({ requestId: 'req-python', userId: 'u1' });
    expect(JSON.stringify(noted)).not.toContain('canary');
  });

  test('errors arrive as normal failures', async () => {
    expect(await call('fail', { how: 'fault' })).toMatchObject({
      raised: 'RemoteError',
      type: 'Fault',
      value: 'Node é n1 could not be found.',
    });
    expect(await call('fail', { how: 'bug' })).toMatchObject({ type: 'Fault' });
    expect(await call('add', { a: 'x' })).toMatchObject({ type: 'Fault' });
    expect(await call('nosuch', {})).toMatchObject({
      type: 'NoSuchMethod',
      value: 'Endpoint does not support RPC method nosuch',
    });
    expect(await call('add', { a: 1, b: 2 }, { version: '2.0' })).toMatchObject({
      type: 'UnsupportedVersion',
      value: 'Endpoint does not support RPC version 2.0. Attempted method: add',
    });
  });

  test('baseapi ping', async () => {
    const more = { namespace: 'baseapi', version: '1.1' };
    expect(await call('ping', { arg: 5 }, more)).toEqual({
      result: { service: topic.topic, arg: 5 },
    });
    expect(await call('get_backdoor_port', {}, more)).toEqual({ result: null });
  });

  test('time-out', async () => {
    expect(await call('slow', { seconds: 3 }, { timeout: 1 })).toMatchObject({
      raised: 'MessagingTimeout',
    });
    expect(await call('add', { a: 1, b: 1 }, { server: 'h9', timeout: 1 })).toMatchObject({
      raised: 'MessagingTimeout',
    });
  });

  test('a monitored call that takes longer than its monitor allows for silence', async () => {
    const more = { call_monitor_timeout: 1, timeout: 20 };
    expect(await call('slow', { seconds: 3 }, more)).toEqual({ result: 'done' });
  });
});
