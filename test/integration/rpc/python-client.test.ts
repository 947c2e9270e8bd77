import { startBroker, type TestBroker } from '@metalcast/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { connectRpc, silentLogger } from '@metalcast/rpc';
import { serve } from '@metalcast/rpc/testing';
import { calc, calcHandlers, type Noted } from './calc.js';
import { requireOslo, startPeer, type OsloPeer } from './oslo-peer.js';

beforeAll(requireOslo);

/** How the client is configured, and what it needs of us; our queues are durable quorum queues with both. */
const settings = [
  { name: 'default settings', queues: 'transient', exchangeDurable: false },
  { name: 'amqp_durable_queues', queues: 'durable', exchangeDurable: true },
] as const;

describe.each(settings)('python3-oslo.messaging with $name as client of our server', (setting) => {
  const { exchangeDurable, queues } = setting;
  const target = { topic: calc.topic, version: '1.5', timeout: 10 };
  const noted: Noted[] = [];
  const closing: (() => Promise<void>)[] = [];
  let broker: TestBroker;
  let python: OsloPeer;

  const serveOn = async (host: string): Promise<void> => {
    const conn = connectRpc({ url: broker.url, exchangeDurable, host, logger: silentLogger });
    const server = await serve(conn, calc, calcHandlers(host, noted));
    closing.push(async () => {
      await server.close();
      await conn.close();
    });
  };

  beforeAll(async () => {
    broker = await startBroker();
    closing.push(() => broker.close());
    await Promise.all([serveOn('h1'), serveOn('h2')]);
    python = await startPeer('client', { url: broker.url, queues });
    closing.push(() => python.close());
  });
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
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
      python.ask({
        topic: calc.topic,
        version: '1.0',
        do: 'cast',
        method: 'note',
        args: { text },
        ...more,
      });
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
      result: { service: calc.topic, arg: 5 },
    });
    expect(await call('get_backdoor_port', {}, more)).toEqual({ result: null });
  });

  test('time-out', async () => {
    expect(await call('slow', { seconds: 2 }, { timeout: 1 })).toMatchObject({
      raised: 'MessagingTimeout',
    });
    expect(await call('add', { a: 1, b: 1 }, { server: 'h9', timeout: 1 })).toMatchObject({
      raised: 'MessagingTimeout',
    });
  });

  test('a monitored call that takes longer than its monitor allows for silence', async () => {
    const more = { call_monitor_timeout: 1, timeout: 20 };
    expect(await call('slow', { seconds: 1.5 }, more)).toEqual({ result: 'done' });
  });
});
