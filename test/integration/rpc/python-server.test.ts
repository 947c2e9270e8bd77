import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  connectRpc,
  RemoteError,
  rpcClient,
  silentLogger,
  type Client,
  type RpcConnection,
} from '@metalcast/rpc';
import { calc, ctx } from './calc.js';
import { requireOslo, startPeer, type OsloPeer } from './oslo-peer.js';
import { startRabbit, type Rabbit } from './rabbit.js';

const settings = [
  { queues: 'transient', exchangeDurable: false },
  { queues: 'durable', exchangeDurable: true },
  { queues: 'quorum', exchangeDurable: true },
] as const;

let rabbit: Rabbit;
beforeAll(async () => {
  requireOslo();
  rabbit = await startRabbit();
});
afterAll(() => rabbit.close());

describe.each(settings)('python3-oslo.messaging with $queues queues as server of our client', (setting) => {
  const { queues, exchangeDurable } = setting;
  const controlExchange = `nova-${queues}`;
  const topic = { ...calc, topic: `py_${queues}` };
  const closing: (() => Promise<void>)[] = [];
  let peers: OsloPeer[];
  let conn: RpcConnection;
  let client: Client<typeof calc>;

  beforeAll(async () => {
    const peer = (host: string) =>
      startPeer('server', { url: rabbit.url, controlExchange, queues }, topic.topic, host);
    peers = await Promise.all([peer('h1'), peer('h2')]);
    closing.push(...peers.map((each) => () => each.close()));
    const options = { controlExchange, exchangeDurable, host: 'c', logger: silentLogger };
    conn = connectRpc({ ...options, url: rabbit.url });
    client = rpcClient(conn, topic, { timeoutMs: 10_000 });
    closing.push(() => conn.close());
  });
  afterAll(() => Promise.all(closing.map((close) => close())));

  test('call, to any worker and to one host', async () => {
    await expect(client.call.add({ a: 1, b: 2 }, ctx)).resolves.toEqual({ sum: 3 });
    for (const host of ['h1', 'h2', 'h1']) {
      await expect(client.call.whoAreYou({}, ctx, { host })).resolves.toBe(host);
    }
  });

  test('cast, to any worker and to one host, and fanout', async () => {
    const context = { request_id: 'req-node', user_id: 'u1', is_admin: true };
    await client.cast.note({ text: 'é one' }, ctx, { host: 'h2' });
    expect(await peers[1]?.heard()).toEqual({ note: 'é one', context });
    await client.fanout.note({ text: 'all' }, ctx);
    expect(await Promise.all(peers.map((peer) => peer.heard()))).toEqual([
      { note: 'all', context },
      { note: 'all', context },
    ]);
    await client.cast.note({ text: 'any' }, ctx);
    expect(await Promise.race(peers.map((peer) => peer.heard()))).toEqual({ note: 'any', context });
  });

  test('errors are opaque', async () => {
    await expect(client.call.fail({ how: 'x' }, ctx)).rejects.toEqual(
      new RemoteError('ValueError', 'builtins', 'bad thing é'),
    );
    const methods = {
      nosuch: calc.methods.whoAreYou,
      add: { ...calc.methods.add, since: '2.0' },
    };
    const wrong = rpcClient(conn, { ...topic, methods }, { timeoutMs: 10_000 });
    const dispatcher = { remoteModule: 'oslo_messaging.rpc.dispatcher' };
    await expect(wrong.call.nosuch({}, ctx)).rejects.toMatchObject({
      ...dispatcher,
      remoteClass: 'NoSuchMethod',
    });
    await expect(wrong.call.add({ a: 1, b: 2 }, ctx)).rejects.toMatchObject({
      ...dispatcher,
      remoteClass: 'UnsupportedVersion',
    });
  });

  test('time-out', async () => {
    const late = client.call.slow({ seconds: 3 }, ctx, { timeoutMs: 1_000 });
    await expect(late).rejects.toMatchObject({ code: 'RPC_TIMEOUT' });
  });

  test('a monitored call that takes longer than its monitor allows for silence', async () => {
    const slow = client.call.slow({ seconds: 3 }, ctx, { timeoutMs: 20_000, monitorMs: 1_000 });
    await expect(slow).resolves.toBe('done');
  });
});
