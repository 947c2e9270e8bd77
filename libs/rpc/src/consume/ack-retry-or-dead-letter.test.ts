import { afterEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { cast, defineTopic } from '@metalcast/contracts';
import { InMemoryBroker } from '../memory/in-memory-broker.js';
import { inMemoryRpc } from '../memory/in-memory-rpc.js';
import { castMessage } from '../publish/outgoing-message.js';
import { publisher } from '../publish/publisher.js';
import { serve } from '../server/serve.js';
import { delay } from '../topology.js';

const topic = defineTopic({
  topic: 'work',
  version: '1.0',
  methods: { start: cast('1.0', z.object({ n: z.int() })) },
});
const ctx = { requestId: 'req-1' };
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function served(
  start: () => Promise<void>,
  isPermanent: (error: unknown) => boolean = () => false,
) {
  const broker = new InMemoryBroker();
  const conn = inMemoryRpc(broker, { host: 'h1', isPermanent });
  const server = await serve(conn, topic, { start });
  closing.push(() => server.close(0));
  const send = () => publisher(conn).publish(castMessage(topic, 'start', { n: 1 }, ctx));
  return { broker, send };
}

test('a message is redelivered when its worker is disconnected', async () => {
  let runs = 0;
  const { broker, send } = await served(() => {
    runs += 1;
    return runs === 1 ? new Promise(() => undefined) : Promise.resolve();
  });
  await send();
  await vi.waitFor(() => {
    expect(runs).toBe(1);
  });
  broker.interrupt();
  await vi.waitFor(() => {
    expect(runs).toBe(2);
  });
});

test('a message that kills every worker is dead-lettered', async () => {
  let runs = 0;
  const { broker, send } = await served(() => {
    runs += 1;
    return new Promise(() => undefined);
  });
  await send();
  for (let deaths = 1; deaths <= 21; deaths += 1) {
    await vi.waitFor(() => {
      expect(runs).toBe(deaths);
    });
    broker.interrupt();
  }
  await vi.waitFor(() => {
    expect(broker.waitingIn('work.dead')).toHaveLength(1);
  });
  expect(runs).toBe(21);
});

test('a message whose failure would recur is not retried', async () => {
  let runs = 0;
  const start = () => Promise.reject(new RangeError(`no such value ${(runs += 1)}`));
  const { broker, send } = await served(start, (error) => error instanceof RangeError);
  await send();
  await vi.waitFor(() => {
    expect(broker.waitingIn('work.dead')).toHaveLength(1);
  });
  expect(runs).toBe(1);
});

test('a message whose queue vanished during its pause is kept for people', async () => {
  const broker = new InMemoryBroker();
  const conn = inMemoryRpc(broker, { host: 'h1' });
  const needs = delay(10);
  const message = { exchange: needs.exchange, routingKey: 'gone', body: 'x', mandatory: true };
  await conn.broker.publish({ ...message, needs, timeoutMs: 1_000 });
  await vi.waitFor(() => {
    expect(broker.waitingIn('metalcast.unroutable.dead')).toEqual(['x']);
  });
});
