import { setTimeout as delay } from 'node:timers/promises';
import {
  castMessage,
  connectRpc,
  publisher,
  rpcClient,
  silentLogger,
  type OutgoingMessage,
  type RpcConnection,
} from '@metalcast/rpc';
import { serve, subscribe } from '@metalcast/rpc/testing';
import { startOwnBroker, type OwnBroker } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { calc, calcHandlers, ctx, type Noted } from './calc.js';

let broker: OwnBroker;
const closing: (() => Promise<void>)[] = [];
beforeAll(async () => {
  broker = await startOwnBroker();
  closing.push(() => broker.close());
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

function connect(host: string): RpcConnection {
  const conn = connectRpc({ url: broker.url, host, logger: silentLogger });
  closing.push(() => conn.close());
  return conn;
}

/** As an outbox relay does: keeps a message until the broker has confirmed it. */
async function relay(conn: RpcConnection, message: OutgoingMessage): Promise<void> {
  const { publish } = publisher(conn, { timeoutMs: 1_000 });
  for (;;) {
    const outcome = await publish(message).catch(() => 'unknown');
    if (outcome === 'confirmed') return;
    await delay(50);
  }
}

const anEvent = (n: number): OutgoingMessage => ({
  kind: 'event',
  routingKey: 'node.state',
  body: JSON.stringify({
    specversion: '1.0',
    id: `e${n}`,
    source: '/test',
    type: 'node.state',
    subject: '7c1b2c3d-0000-4000-8000-000000000001',
    time: new Date(0).toISOString(),
    datacontenttype: 'application/json',
    sequence: String(n),
    data: {},
  }),
});

test.each([
  { how: 'stopped', end: () => broker.stop() },
  { how: 'killed', end: () => broker.kill9() },
])(
  'a broker that is $how and started again loses nothing and needs nobody',
  async ({ how, end }) => {
    const topic = { ...calc, topic: `calc_${how}` };
    const noted: Noted[] = [];
    const heard: string[] = [];
    let finishSlow: ((text: string) => void) | undefined;
    let slowCalls = 0;
    const [server, client, asker] = [connect('h1'), connect('c'), connect('a')];
    const slow = (): Promise<string> => {
      slowCalls += 1;
      return new Promise((resolve) => {
        finishSlow = resolve;
      });
    };
    const served = await serve(server, topic, { ...calcHandlers('h1', noted), slow });
    const subscribed = await subscribe(server, {
      queue: `${how}.events`,
      bindings: ['node.#'],
      handler: ({ id }) => {
        heard.push(id);
        return Promise.resolve();
      },
    });
    closing.push(
      () => served.close(0),
      () => subscribed.close(0),
    );

    // A call is under way, casts and events flow.
    const answer = rpcClient(asker, topic, { timeoutMs: 60_000 }).call.slow({ seconds: 1 }, ctx);
    answer.catch(() => undefined);
    await vi.waitFor(() => {
      expect(slowCalls).toBe(1);
    });
    const enough = new AbortController();
    const sent: string[] = [];
    const flow = (async () => {
      for (let n = 1; !enough.signal.aborted; n += 1) {
        await relay(client, castMessage(topic, 'note', { text: `c${n}` }, ctx));
        await relay(client, anEvent(n));
        sent.push(String(n));
        await delay(5);
      }
    })();
    await vi.waitFor(() => {
      expect(sent.length).toBeGreaterThan(20);
    }, 10_000);
    // RabbitMQ 3.10 writes its register of quorum queues every half second: one that is younger does not survive kill
    // -9.
    await delay(1_500);

    await end();
    await vi.waitFor(() => {
      expect([server, client, asker].map(({ connected }) => connected)).toEqual([
        false,
        false,
        false,
      ]);
    }, 10_000);
    const before = sent.length;
    await broker.restart();
    await vi.waitFor(
      () => {
        expect(sent.length).toBeGreaterThan(before + 20);
      },
      { timeout: 30_000 },
    );
    enough.abort();
    await flow;

    await vi.waitFor(
      () => {
        const notes = new Set(noted.map(({ text }) => text));
        expect(sent.filter((n) => !notes.has(`c${n}`))).toEqual([]);
        expect(sent.filter((n) => !heard.includes(`e${n}`))).toEqual([]);
      },
      { timeout: 20_000 },
    );
    // The call was not acknowledged, so it came again; the caller's reply queue is back under its name.
    await vi.waitFor(
      () => {
        expect(slowCalls).toBe(2);
      },
      { timeout: 10_000 },
    );
    finishSlow?.('at last');
    await expect(answer).resolves.toBe('at last');
  },
);

test('a publisher without a broker rejects in time', async () => {
  const conn = connectRpc({ url: 'amqp://127.0.0.1:1', host: 'h', logger: silentLogger });
  const { publish } = publisher(conn, { timeoutMs: 300 });
  await expect(publish(anEvent(1))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await expect(conn.ready(100)).rejects.toThrow('no message broker within 100 ms');
  await conn.close();
});

// RabbitMQ may answer 541 to those who declare the same new quorum queue at the same moment; they try again.
test('many servers that start at once are all there', async () => {
  const topic = { ...calc, topic: 'calc_many' };
  const hosts = Array.from({ length: 12 }, (_, n) => `m${n}`);
  const servers = await Promise.all(
    hosts.map((host) => serve(connect(host), topic, calcHandlers(host, []))),
  );
  closing.push(...servers.map((server) => () => server.close(0)));
  const client = rpcClient(connect('asker'), topic, { timeoutMs: 10_000 });
  const answers = hosts.map((host) => client.call.whoAreYou({}, ctx, { host }));
  await expect(Promise.all(answers)).resolves.toEqual(hosts);
});
