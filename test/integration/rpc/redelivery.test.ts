import { setTimeout as delay } from 'node:timers/promises';
import { castMessage, connectRpc, publisher, silentLogger } from '@metalcast/rpc';
import { serve } from '@metalcast/rpc/testing';
import { startBroker, waitFor, type TestBroker } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { calc, calcHandlers, ctx, type Noted } from './calc.js';

let broker: TestBroker;
const closing: (() => Promise<void>)[] = [];
beforeAll(async () => {
  broker = await startBroker();
  closing.push(() => broker.close());
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

interface Listed {
  readonly name: string;
  readonly client_properties: { readonly connection_name: string };
}

/** Has the broker cut the connections whose name begins so, as when their process died. */
async function cut(name: string): Promise<void> {
  await waitFor(
    async () => {
      const path = `/vhosts/${broker.vhost}/connections`;
      const all = (await broker.management.request('GET', path)) as Listed[];
      const found = all.filter((each) => each.client_properties.connection_name.startsWith(name));
      await Promise.all(
        found.map((each) =>
          broker.management.request('DELETE', `/connections/${encodeURIComponent(each.name)}`),
        ),
      );
      return found.length > 0;
    },
    { timeoutMs: 20_000, what: `a connection ${name} to cut` },
  );
}

test('what a worker had in hand when it was cut off goes to another, once', async () => {
  const noted: Noted[] = [];
  const inHand: (() => void)[] = [];
  const [one, two] = ['h1', 'h2'].map((host) => {
    const conn = connectRpc({ url: broker.url, host, logger: silentLogger });
    closing.push(() => conn.close());
    return conn;
  });
  if (one === undefined || two === undefined) throw new Error('two');
  const stuck = await serve(one, calc, {
    ...calcHandlers('h1', []),
    note: () => new Promise<void>((resolve) => inHand.push(resolve)),
  });
  closing.push(() => stuck.close(0));
  await publisher(one).publish(castMessage(calc, 'note', { text: 'precious' }, ctx));
  await vi.waitFor(() => {
    expect(inHand).toHaveLength(1);
  });
  const other = await serve(two, calc, calcHandlers('h2', noted));
  closing.push(() => other.close(0));
  await stuck.pause();
  await cut('metalcast h1 consuming');
  await vi.waitFor(
    () => {
      expect(noted.map(({ text }) => text)).toEqual(['precious']);
    },
    { timeout: 10_000 },
  );
  // The first one ends after all; its acknowledgement belongs to a channel that is no more.
  inHand.forEach((resolve) => {
    resolve();
  });
  await publisher(two).publish(castMessage(calc, 'note', { text: 'next' }, ctx));
  await vi.waitFor(() => {
    expect(noted.map(({ text }) => text)).toEqual(['precious', 'next']);
  });
});

test('a queue that is deleted under its server comes back', async () => {
  const noted: Noted[] = [];
  const conn = connectRpc({ url: broker.url, host: 'h3', logger: silentLogger });
  closing.push(() => conn.close());
  const topic = { ...calc, topic: 'calc_deleted' };
  const server = await serve(conn, topic, calcHandlers('h3', noted));
  closing.push(() => server.close(0));
  await broker.management.request('DELETE', `/queues/${broker.vhost}/${topic.topic}`);
  const { publish } = publisher(conn);
  await vi.waitFor(
    async () => {
      const outcome = await publish(castMessage(topic, 'note', { text: 'again' }, ctx));
      expect(outcome).toBe('confirmed');
    },
    { timeout: 10_000 },
  );
  await vi.waitFor(() => {
    expect(noted.length).toBeGreaterThan(0);
  });
});

test('an exchange that is gone counts as a return, and is declared again', async () => {
  const conn = connectRpc({
    url: broker.url,
    host: 'h4',
    logger: silentLogger,
    controlExchange: 'fleeting',
  });
  closing.push(() => conn.close());
  const { publish } = publisher(conn);
  const message = castMessage(calc, 'note', { text: 'x' }, ctx);
  await expect(publish(message)).resolves.toBe('returned');
  await broker.management.request('DELETE', `/exchanges/${broker.vhost}/fleeting`);
  const outcomes = await Promise.all([publish(message), publish(message), publish(message)]);
  expect(outcomes).toEqual(['returned', 'returned', 'returned']);
  await expect(
    broker.management.request('GET', `/exchanges/${broker.vhost}/fleeting`),
  ).resolves.toMatchObject({ type: 'topic', durable: false, auto_delete: false });
});

test('a server that closes ends what it has begun, and leaves the rest', async () => {
  const begun: string[] = [];
  const done: string[] = [];
  const conn = connectRpc({ url: broker.url, host: 'h5', logger: silentLogger });
  closing.push(() => conn.close());
  const topic = { ...calc, topic: 'calc_closing' };
  const handlers = {
    ...calcHandlers('h5', []),
    note: async ({ text }: { text: string }) => {
      begun.push(text);
      await delay(300);
      done.push(text);
    },
  };
  const server = await serve(conn, topic, handlers, { prefetch: 2 });
  const { publish } = publisher(conn);
  for (const text of ['1', '2', '3', '4']) {
    await publish(castMessage(topic, 'note', { text }, ctx));
  }
  await vi.waitFor(() => {
    expect(begun).toHaveLength(2);
  });
  await server.close();
  expect(done).toEqual(begun);
  const next = await serve(conn, topic, handlers);
  await vi.waitFor(() => {
    expect(done.toSorted()).toEqual(['1', '2', '3', '4']);
  });
  await next.close();
});
