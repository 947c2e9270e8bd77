import { describe, expect, test, vi } from 'vitest';
import { rpcClient } from '../client/client.js';
import { castMessage } from '../publish/outgoing-message.js';
import { publisher } from '../publish/publisher.js';
import { directExchange } from '../topology.js';
import { poisonBodies, tooLarge } from './poison-bodies.js';
import { aTopic, ctx, timeoutMs, type Rig } from './rig.js';

/** Megabytes are read, and the machine may be busy. */
const patience = { timeout: 60_000 };
const eventually = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 50_000 });

const maxMessageBytes = 2_000_000;
const forms = Object.values({ ...poisonBodies, large: tooLarge(maxMessageBytes) });

/** Too costly or unreadable messages are dead-lettered once, and disturb no other message. */
export function poisonConforms({ connect, started, deadLettered }: Rig): void {
  describe('poison', patience, () => {
    test('among the casts is dead-lettered once each, and the valid casts are served', async () => {
      const topic = aTopic();
      const seen: string[] = [];
      const own = {
        note: ({ text }: { text: string }) => {
          seen.push(text);
          return Promise.resolve();
        },
      };
      await started(topic, own, { maxMessageBytes });
      const conn = connect({ host: 'c' });
      const dead = deadLettered(conn, topic.topic);
      const { publish } = publisher(conn);
      await publish(castMessage(topic, 'note', { text: 'before' }, ctx));
      for (const body of forms) {
        const exchange = conn.topology.control.name;
        const publication = { exchange, routingKey: topic.topic, body, mandatory: true, timeoutMs };
        await expect(conn.broker.publish(publication)).resolves.toBe('confirmed');
      }
      await publish(castMessage(topic, 'note', { text: 'after' }, ctx));
      await eventually(() => {
        expect(dead).toHaveLength(forms.length);
        expect(seen).toEqual(['before', 'after']);
      });
      expect(JSON.stringify(dead)).not.toContain('canary');
      // Two are well formed except for their method or arguments.
      const refused = dead.filter(({ reason }) => !reason.startsWith('BadMessage: '));
      expect(refused.map(({ reason }) => reason)).toEqual(
        Array(2).fill('RemoteError: Endpoint does not support RPC method gone'),
      );
    });

    test('among the replies is skipped', async () => {
      const topic = aTopic();
      await started(topic);
      const conn = connect({ host: 'c' });
      const client = rpcClient(conn, topic, { timeoutMs });
      await expect(client.call.add({ a: 1, b: 1 }, ctx)).resolves.toEqual({ sum: 2 });
      for (const body of forms) {
        const routingKey = conn.replies.queueName;
        const publication = {
          exchange: directExchange,
          routingKey,
          body,
          mandatory: true,
          timeoutMs,
        };
        await expect(conn.broker.publish(publication)).resolves.toBe('confirmed');
      }
      await expect(client.call.add({ a: 1, b: 2 }, ctx)).resolves.toEqual({ sum: 3 });
    });

    test('is not sent: a message too large to read is refused, or dead-lettered', async () => {
      const topic = aTopic();
      await started(
        topic,
        { whoAreYou: () => Promise.resolve('x'.repeat(3_000)) },
        { maxMessageBytes: 2_000 },
      );
      const conn = connect({ host: 'c', maxMessageBytes: 2_000 });
      const client = rpcClient(conn, topic, { timeoutMs });
      const text = 'x'.repeat(3_000);
      const large = expect.objectContaining({ code: 'TOO_LARGE' }) as Error;
      await expect(client.cast.note({ text }, ctx)).rejects.toThrow(large);
      await expect(client.fanout.note({ text }, ctx)).rejects.toThrow(large);
      await expect(client.call.whoAreYou({}, ctx)).rejects.toThrow(large);
      const dead = deadLettered(conn, topic.topic);
      const { publish } = publisher(conn);
      await expect(publish(castMessage(topic, 'note', { text }, ctx))).resolves.toBe('confirmed');
      await eventually(() => {
        expect(dead).toEqual([
          {
            body: expect.stringMatching(
              /^{"omitted":.*"bytes":\d+,"sha256":"[0-9a-f]{64}"}$/,
            ) as string,
            reason: expect.stringMatching(/^\d+ bytes, more than 2000$/) as string,
          },
        ]);
      });
    });

    test.each([
      ['a NUL', { text: 'a\0b' }],
      ['half of a pair', { text: '\ud83d' }],
      ['a NUL in a key', { text: 'x', 'a\0': 1 }],
    ])('that no row can hold (%s) is refused at once', async (_, args) => {
      const topic = aTopic();
      let runs = 0;
      const note = () => Promise.resolve(void (runs += 1));
      const { conn } = await started(topic, { note });
      const dead = deadLettered(conn, topic.topic);
      const cast = { method: 'note', version: '1.0', args };
      await publisher(conn).publish({
        kind: 'cast',
        routingKey: topic.topic,
        body: JSON.stringify(cast),
      });
      const client = rpcClient(connect({ host: 'c' }), topic, { timeoutMs });
      const asked = client.call.add({ a: 1, b: 2 }, { ...ctx, ...{ userId: args.text } });
      await (args.text === 'x'
        ? expect(asked).resolves.toEqual({ sum: 3 })
        : expect(asked).rejects.toMatchObject({ code: 'BAD_REQUEST' }));
      await eventually(() => {
        expect(dead).toEqual([
          {
            body: JSON.stringify(cast),
            reason:
              'Fault: note: a text has a character that cannot be stored (U+0000, or half of a pair)',
          },
        ]);
      });
      expect(runs).toBe(0);
    });

    test('that names a queue of ours for its answer is dead-lettered', async () => {
      const topic = aTopic();
      const { conn } = await started(topic);
      const dead = deadLettered(conn, topic.topic);
      const queues = [topic.topic, `${topic.topic}.dead`, 'delay.1000', ''];
      for (const queue of queues) {
        const call = {
          method: 'add',
          args: { a: 1, b: 2 },
          _msg_id: 'a'.repeat(32),
          _reply_q: queue,
        };
        await publisher(conn).publish({
          kind: 'cast',
          routingKey: topic.topic,
          body: JSON.stringify(call),
        });
      }
      await publisher(conn).publish({
        kind: 'cast',
        routingKey: topic.topic,
        body: JSON.stringify({ method: 'add', args: { a: 1, b: 2 }, _msg_id: topic.topic }),
      });
      await eventually(() => {
        expect(dead).toHaveLength(queues.length + 1);
      });
      expect(new Set(dead.map(({ reason }) => reason.replace(/_\w+:/, '')))).toEqual(
        new Set(['BadMessage: not an RPC request:  not the name of a reply queue']),
      );
    });
  });
}
