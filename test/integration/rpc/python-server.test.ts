import { startBroker } from '@metalcast/testing';
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

const settings = [
  { queues: 'transient', exchangeDurable: false },
  { queues: 'durable', exchangeDurable: true },
  { queues: 'quorum', exchangeDurable: true },
] as const;

beforeAll(requireOslo);

describe.each(settings)(
  'python3-oslo.messaging with $queues queues as server of our client',
  (setting) => {
    const { queues, exchangeDurable } = setting;
    const closing: (() => Promise<void>)[] = [];
    let peers: OsloPeer[];
    let conn: RpcConnection;
    let client: Client<typeof calc>;

    beforeAll(async () => {
      const broker = await startBroker();
      closing.push(() => broker.close());
      const peer = (host: string) =>
        startPeer('server', { url: broker.url, queues }, calc.topic, host);
      peers = await Promise.all([peer('h1'), peer('h2')]);
      closing.push(...peers.map((each) => () => each.close()));
      conn = connectRpc({ url: broker.url, exchangeDurable, host: 'c', logger: silentLogger });
      client = rpcClient(conn, calc, { timeoutMs: 10_000 });
      closing.push(() => conn.close());
    });
    afterAll(async () => {
      for (const close of closing.reverse()) await close();
    });

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
      expect(await Promise.race(peers.map((peer) => peer.heard()))).toEqual({
        note: 'any',
        context,
      });
    });

    test('errors are opaque', async () => {
      await expect(client.call.fail({ how: 'x' }, ctx)).rejects.toEqual(
        new RemoteError('ValueError', 'builtins', 'bad thing é'),
      );
      const methods = {
        nosuch: calc.methods.whoAreYou,
        add: { ...calc.methods.add, since: '2.0' },
      };
      const wrong = rpcClient(conn, { ...calc, methods }, { timeoutMs: 10_000 });
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
      const late = client.call.slow({ seconds: 1 }, ctx, { timeoutMs: 500 });
      await expect(late).rejects.toMatchObject({ code: 'RPC_TIMEOUT' });
    });

    test('a monitored call that takes longer than its monitor allows for silence', async () => {
      const slow = client.call.slow({ seconds: 2.5 }, ctx, { timeoutMs: 20_000, monitorMs: 2_000 });
      await expect(slow).resolves.toBe('done');
    });
  },
);
