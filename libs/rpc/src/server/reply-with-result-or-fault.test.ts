import { setTimeout as delay } from 'node:timers/promises';
import { call, defineTopic } from '@metalcast/contracts';
import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { InMemoryBroker } from '../memory/in-memory-broker.js';
import { inMemoryRpc } from '../memory/in-memory-rpc.js';
import { seal } from '../wire/envelope.js';
import { replyQueue } from '../topology.js';
import { serve } from './serve.js';

const slow = defineTopic({
  topic: 'slow',
  version: '1.0',
  methods: { wait: call('1.0', z.object({}), z.null()) },
});

const replyTo = replyQueue();

test.each([5_000_000, 0.001])(
  'a call that may be silent for %d s gets its reply, and not too many signs of life',
  async (seconds) => {
    const broker = new InMemoryBroker();
    const conn = inMemoryRpc(broker, { host: 'h' });
    const server = await serve(conn, slow, {
      wait: async () => {
        await delay(100);
        return null;
      },
    });
    const replies: string[] = [];
    const consumer = conn.broker.consume({
      exchanges: [],
      queue: () => replyTo,
      prefetch: 100,
      onDelivery: (delivery) => {
        replies.push(Buffer.from(delivery.content).toString());
        delivery.ack();
        return Promise.resolve();
      },
    });
    await consumer.ready();
    const request = {
      method: 'wait',
      args: {},
      version: '1.0',
      _msg_id: 'm',
      _reply_q: replyTo.name,
      _timeout: seconds,
      _unique_id: 'u',
    };
    await conn.broker.publish({
      exchange: conn.topology.control.name,
      routingKey: 'slow',
      body: seal(request),
      mandatory: true,
      timeoutMs: 10_000,
    });
    await vi.waitFor(
      () => {
        expect(replies.at(-1)).toContain('result');
      },
      { timeout: 10_000 },
    );
    expect(replies.length).toBeLessThan(5);
    await server.close();
    await conn.close();
  },
);
