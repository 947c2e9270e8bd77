import { describe, expect, test } from 'vitest';
import { Fault } from '@metalcast/domain';
import { rpcClient } from '../client/client.js';
import { castMessage } from '../publish/outgoing-message.js';
import { publisher } from '../publish/publisher.js';
import { aTopic, ctx, eventually, timeoutMs, type Rig } from './rig.js';

/** Casts are delivered once, kept, retried, or dead-lettered. */
export function castsConform({ connect, started, deadLettered }: Rig): void {
  describe('casts', () => {
    test('reach one worker each, fanout every one', async () => {
      const topic = aTopic();
      const seen: string[] = [];
      for (const host of ['h1', 'h2']) {
        await started(
          topic,
          {
            note: ({ text }) => {
              seen.push(`${host} ${text}`);
              return Promise.resolve();
            },
          },
          { host },
        );
      }
      const client = rpcClient(connect({ host: 'c' }), topic, { timeoutMs });
      await client.fanout.note({ text: 'all' }, ctx);
      await eventually(() => {
        expect(seen.toSorted()).toEqual(['h1 all', 'h2 all']);
      });
      await client.cast.note({ text: 'one' }, ctx);
      await client.cast.note({ text: 'you' }, ctx, { host: 'h2' });
      await eventually(() => {
        expect(seen).toHaveLength(4);
      });
      expect(seen).toContain('h2 you');
    });

    test('wait while no worker has room', async () => {
      const topic = aTopic();
      const seen: string[] = [];
      const { server } = await started(topic, {
        note: ({ text }) => {
          seen.push(text);
          return Promise.resolve();
        },
      });
      await server.pause();
      const client = rpcClient(connect({ host: 'c' }), topic, { timeoutMs });
      await client.cast.note({ text: 'kept' }, ctx);
      await client.call.add({ a: 1, b: 1 }, ctx, { host: 'nobody', timeoutMs: 300 }).catch(() => 0);
      expect(seen).toEqual([]);
      await server.resume();
      await eventually(() => {
        expect(seen).toEqual(['kept']);
      });
    });

    test('are done once when they are sent twice', async () => {
      const topic = aTopic();
      const seen: string[] = [];
      const { conn } = await started(topic, {
        note: ({ text }) => {
          seen.push(text);
          return Promise.resolve();
        },
      });
      const { publish } = publisher(conn);
      const twice = castMessage(topic, 'note', { text: 'twice' }, ctx);
      await publish(twice);
      await eventually(() => {
        expect(seen).toHaveLength(1);
      });
      await publish(twice);
      await publish(castMessage(topic, 'note', { text: 'last' }, ctx));
      await eventually(() => {
        expect(seen).toContain('last');
      });
      expect(seen).toEqual(['twice', 'last']);
    });

    test('that fail temporarily are retried, a bounded number of times', async () => {
      const topic = aTopic();
      const failures = new Map([
        ['recovers', 2],
        ['never', 99],
      ]);
      const tries: string[] = [];
      const { conn } = await started(
        topic,
        {
          note: ({ text }) => {
            tries.push(text);
            const left = failures.get(text) ?? 0;
            failures.set(text, left - 1);
            if (left === 0) return Promise.resolve();
            return Promise.reject(
              text === 'never' ? new Fault('UNAVAILABLE', { reason: 'db' }) : new Error('db away'),
            );
          },
        },
        { retry: { delaysMs: [50, 100], tries: 4 } },
      );
      const dead = deadLettered(conn, topic.topic);
      const { publish } = publisher(conn);
      await publish(castMessage(topic, 'note', { text: 'recovers' }, ctx));
      await publish(castMessage(topic, 'note', { text: 'never' }, ctx));
      await eventually(() => {
        expect(dead).toHaveLength(1);
      });
      expect(dead[0]?.reason).toBe('Fault: db');
      expect(tries.filter((text) => text === 'recovers')).toHaveLength(3);
      expect(tries.filter((text) => text === 'never')).toHaveLength(4);
    });

    test('that can never succeed go to the dead letters, without their secrets', async () => {
      const topic = aTopic();
      const { conn } = await started(topic, {
        note: () => Promise.reject(new Fault('CONFLICT', { reason: 'no way' })),
      });
      const dead = deadLettered(conn, topic.topic);
      const { publish } = publisher(conn);
      const raw = (body: string) => publish({ kind: 'cast', routingKey: topic.topic, body });
      await publish(castMessage(topic, 'note', { text: 'x' }, ctx));
      await raw('neither JSON nor anything');
      await raw(JSON.stringify({ hello: 1 }));
      await raw(
        JSON.stringify({ method: 'note', args: { admin_password: 'canary' }, version: '1.0' }),
      );
      await raw(JSON.stringify({ method: 'gone', args: {}, version: '1.0' }));
      await eventually(() => {
        expect(dead).toHaveLength(5);
      });
      const reasons = dead.map(({ reason }) => reason).toSorted();
      expect(reasons).toEqual([
        'BadMessage: not JSON',
        expect.stringMatching(/^BadMessage: not an RPC request: method/) as string,
        'Fault: no way',
        expect.stringMatching(/^Fault: note: text/) as string,
        'RemoteError: Endpoint does not support RPC method gone',
      ]);
      expect(JSON.stringify(dead)).not.toContain('canary');
    });

    test('without envelope (format 1.0) are understood', async () => {
      const topic = aTopic();
      const seen: string[] = [];
      const { conn } = await started(topic, {
        note: ({ text }, { requestId }) => {
          seen.push(`${text} ${requestId}`);
          return Promise.resolve();
        },
      });
      const body = JSON.stringify({
        method: 'note',
        namespace: null,
        args: { text: 'old', more: 1 },
        _unique_id: 'a'.repeat(32),
        _context_request_id: 'req-9',
      });
      await publisher(conn).publish({ kind: 'cast', routingKey: topic.topic, body });
      await eventually(() => {
        expect(seen).toEqual(['old req-9']);
      });
    });
  });
}
