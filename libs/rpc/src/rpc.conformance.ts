/** What the transport promises, whatever the broker. Run on the in-memory twin and on RabbitMQ. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { call, cast, defineTopic, type Handlers, type RequestContext } from '@metalcast/contracts';
import { Fault } from '@metalcast/domain';
import { callMethod } from './client/call.js';
import { rpcClient } from './client/client.js';
import { ping } from './client/ping.js';
import type { RpcConnection, RpcOptions } from './connection.js';
import { follow } from './events/follow.js';
import { subscribe } from './events/subscribe.js';
import { castMessage, type OutgoingMessage } from './publish/outgoing-message.js';
import { publisher } from './publish/publisher.js';
import { serve, type ServeOptions } from './server/serve.js';
import { deadLetters, directExchange } from './topology.js';
import { RemoteError } from './wire/failure.js';

type Connect = (options: Pick<RpcOptions, 'host'>) => RpcConnection;

const ctx: RequestContext = { requestId: 'req-1', userId: 'u1', projectId: 'p1', isAdmin: true };
const timeoutMs = 5_000;
const eventually = (check: () => void) => vi.waitFor(check, { timeout: timeoutMs });
const unique = (name: string) => `${name}_${randomUUID().slice(0, 8)}`;

/** A topic of its own for each test, so that they may share a broker. */
const aTopic = () =>
  defineTopic({
    topic: unique('calc'),
    version: '1.5',
    methods: {
      add: call('1.0', z.object({ a: z.int(), b: z.int() }), z.object({ sum: z.int() })),
      whoAreYou: call('1.2', z.object({}), z.string()),
      fail: call('1.0', z.object({ how: z.enum(['fault', 'bug']) }), z.null()),
      note: cast('1.0', z.object({ text: z.string() })),
    },
  });
type Calc = ReturnType<typeof aTopic>;

const handlers = (conn: RpcConnection, own: Partial<Handlers<Calc>> = {}): Handlers<Calc> => ({
  add: ({ a, b }) => Promise.resolve({ sum: a + b }),
  whoAreYou: () => Promise.resolve(conn.host),
  fail: ({ how }) =>
    Promise.reject(
      how === 'fault'
        ? new Fault('NOT_FOUND', { what: 'Node', id: 'n1' }, { evidence: ['seen'] })
        : new Error('boom'),
    ),
  note: () => Promise.resolve(),
  ...own,
});

const anEvent = (type: string, id = randomUUID()): OutgoingMessage => ({
  kind: 'event',
  routingKey: type,
  body: JSON.stringify({
    specversion: '1.0',
    id,
    source: '/test',
    type,
    subject: 'n1',
    time: new Date(0).toISOString(),
    datacontenttype: 'application/json',
    sequence: '1',
    requestid: 'req-7',
    data: { from: 'off' },
  }),
});

/** Each test makes its connections by `connect`; they are closed after the last. */
export function rpcConformance(name: string, open: () => Promise<{ connect: Connect }>): void {
  describe(name, () => {
    const connections: RpcConnection[] = [];
    const closing: { close(): Promise<void> }[] = [];
    let connectTo: Connect;
    const connect: Connect = (options) => {
      const conn = connectTo(options);
      connections.push(conn);
      return conn;
    };
    const started = async (
      topic: Calc,
      own: Partial<Handlers<Calc>> = {},
      { host = unique('host'), ...options }: ServeOptions & { host?: string } = {},
    ) => {
      const conn = connect({ host });
      const server = await serve(conn, topic, handlers(conn, own), options);
      closing.push(server);
      return { conn, server };
    };
    const buried = (conn: RpcConnection, of: string) => {
      const found: { body: string; reason: string }[] = [];
      const [queue] = deadLetters(of).queues;
      if (queue === undefined) throw new Error('no queue');
      const consumer = conn.broker.consume({
        exchanges: [],
        queue: () => queue,
        prefetch: 1,
        deleteQueueOnClose: true,
        onDelivery: (delivery) => {
          const reason = String(delivery.headers['metalcast-reason']);
          found.push({ body: delivery.body, reason });
          delivery.ack();
          return Promise.resolve();
        },
      });
      closing.push({ close: () => consumer.close(0) });
      return found;
    };

    beforeAll(async () => {
      ({ connect: connectTo } = await open());
    });
    afterAll(async () => {
      await Promise.all(closing.map((each) => each.close()));
      await Promise.all(connections.map((conn) => conn.close()));
    });

    describe('calls', () => {
      test('are answered by any worker, or by the host that is named', async () => {
        const topic = aTopic();
        await started(topic, {}, { host: 'h1' });
        await started(topic, {}, { host: 'h2' });
        const client = rpcClient(connect({ host: 'c' }), topic, { timeoutMs });
        await expect(client.call.add({ a: 1, b: 2 }, ctx)).resolves.toEqual({ sum: 3 });
        for (const host of ['h1', 'h2', 'h1']) {
          await expect(client.call.whoAreYou({}, ctx, { host })).resolves.toBe(host);
        }
        const answers = await Promise.all(
          Array.from({ length: 10 }, () => client.call.whoAreYou({}, ctx)),
        );
        expect(new Set(answers)).toEqual(new Set(['h1', 'h2']));
      });

      test('carry who asked, without a token', async () => {
        const topic = aTopic();
        const seen: RequestContext[] = [];
        await started(topic, {
          add: (_, asked) => {
            seen.push(asked);
            return Promise.resolve({ sum: 0 });
          },
        });
        const client = rpcClient(connect({ host: 'c' }), topic, { timeoutMs });
        await client.call.add({ a: 1, b: 2 }, ctx);
        expect(seen).toEqual([
          { ...ctx, messageId: expect.stringMatching(/^[0-9a-f]{32}$/) as string },
        ]);
      });

      test('throw what the server threw: faults by code, bugs as INTERNAL', async () => {
        const topic = aTopic();
        await started(topic);
        const client = rpcClient(connect({ host: 'c' }), topic, { timeoutMs });
        const fault = await client.call.fail({ how: 'fault' }, ctx).catch((e: unknown) => e);
        expect(fault).toBeInstanceOf(Fault);
        expect(fault).toMatchObject({
          code: 'NOT_FOUND',
          details: { what: 'Node', id: 'n1' },
          evidence: ['seen'],
          message: 'Node n1 could not be found.',
        });
        await expect(client.call.fail({ how: 'bug' }, ctx)).rejects.toMatchObject({
          code: 'INTERNAL',
          message: expect.not.stringContaining('boom') as string,
        });
      });

      test('to an unknown method, version or with wrong arguments are refused as oslo does', async () => {
        const topic = aTopic();
        await started(topic);
        const conn = connect({ host: 'c' });
        const ask = (method: string, version: string, args: object = {}) =>
          callMethod(conn, { topic: topic.topic }, { method, version, args, ctx }, { timeoutMs });
        await expect(ask('nosuch', '1.0')).rejects.toEqual(
          new RemoteError(
            'NoSuchMethod',
            'oslo_messaging.rpc.dispatcher',
            'Endpoint does not support RPC method nosuch',
          ),
        );
        for (const version of ['1.6', '2.0']) {
          await expect(ask('add', version)).rejects.toMatchObject({
            remoteClass: 'UnsupportedVersion',
            message: `Endpoint does not support RPC version ${version}. Attempted method: add`,
          });
        }
        await expect(ask('add', '1.0', { a: 1 })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
      });

      test('time out when nobody is there, or nobody answers', async () => {
        const topic = aTopic();
        const client = rpcClient(connect({ host: 'c' }), topic, { timeoutMs: 200 });
        await expect(client.call.add({ a: 1, b: 2 }, ctx)).rejects.toMatchObject({
          code: 'RPC_TIMEOUT',
        });
        await started(topic, { add: () => new Promise(() => undefined) }).then(({ server }) => {
          closing.splice(closing.indexOf(server), 1, { close: () => server.close(0) });
        });
        await expect(client.call.add({ a: 1, b: 2 }, ctx)).rejects.toMatchObject({
          code: 'RPC_TIMEOUT',
          details: { topic: topic.topic, method: 'add', timeoutMs: 200 },
        });
      });

      test('that are monitored live on signs of life', async () => {
        const topic = aTopic();
        let finish: (() => void) | undefined;
        await started(topic, {
          add: () =>
            new Promise((resolve) => {
              finish = () => {
                resolve({ sum: 7 });
              };
            }),
        });
        const conn = connect({ host: 'c' });
        const client = rpcClient(conn, topic, { timeoutMs });
        const answer = client.call.add({ a: 1, b: 2 }, ctx, { monitorMs: 400 });
        const early = await Promise.race([
          answer,
          new Promise((resolve) => setTimeout(resolve, 1_000, 'still running')),
        ]);
        expect(early).toBe('still running');
        finish?.();
        await expect(answer).resolves.toEqual({ sum: 7 });
      });

      test('find a server that comes later', async () => {
        const topic = aTopic();
        const client = rpcClient(connect({ host: 'c' }), topic, { timeoutMs });
        const answer = client.call.add({ a: 2, b: 2 }, ctx);
        await started(topic);
        await expect(answer).resolves.toEqual({ sum: 4 });
      });

      test('ping', async () => {
        const topic = aTopic();
        await started(topic, {}, { host: 'h1' });
        const conn = connect({ host: 'c' });
        await ping(conn, { topic: topic.topic, host: 'h1' }, ctx, { timeoutMs });
        const dead = ping(conn, { topic: topic.topic, host: 'h2' }, ctx, { timeoutMs: 200 });
        await expect(dead).rejects.toMatchObject({ code: 'RPC_TIMEOUT' });
      });
    });

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

      test('wait while nobody has room', async () => {
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
        await client.call
          .add({ a: 1, b: 1 }, ctx, { host: 'nobody', timeoutMs: 300 })
          .catch(() => 0);
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

      test('that fail in passing are tried again, a bounded number of times', async () => {
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
                text === 'never'
                  ? new Fault('UNAVAILABLE', { reason: 'db' })
                  : new Error('db away'),
              );
            },
          },
          { retry: { delaysMs: [50, 100], tries: 4 } },
        );
        const dead = buried(conn, topic.topic);
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
        const dead = buried(conn, topic.topic);
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

    test('a client understands the two-message answers of 2013', async () => {
      const conn = connect({ host: 'c' });
      const { replies } = conn;
      await replies.ready();
      const answer = replies.expect('m1', { timeoutMs, late: () => new Error('late') });
      for (const message of [
        { _msg_id: 'm1', result: 42, failure: null },
        { _msg_id: 'm1', result: null, failure: null, ending: true },
      ]) {
        await conn.broker.publish({
          exchange: directExchange,
          routingKey: replies.queueName,
          body: JSON.stringify(message),
          mandatory: true,
          timeoutMs,
        });
      }
      await expect(answer).resolves.toBe(42);
    });

    describe('the publisher', () => {
      test('says when no queue takes a cast, and keeps it where it is told to', async () => {
        const conn = connect({ host: 'c' });
        const topic = aTopic();
        const { publish, deadLetter } = publisher(conn);
        const message = castMessage(topic, 'note', { text: 'x' }, ctx, { host: 'h9' });
        await expect(publish(message)).resolves.toBe('returned');
        const dead = buried(conn, topic.topic);
        await deadLetter(message, 'expired');
        await eventually(() => {
          expect(dead).toEqual([{ body: message.body, reason: 'expired' }]);
        });
      });

      test('confirms an event that nobody asked for', async () => {
        const { publish } = publisher(connect({ host: 'c' }));
        await expect(publish(anEvent(`${unique('none')}.x`))).resolves.toBe('confirmed');
      });
    });

    describe('events', () => {
      test('reach each queue that subscribes, once for those who share it, with retries', async () => {
        const conn = connect({ host: 'c' });
        const [word, queue] = [unique('node'), unique('test.events')];
        const seen: string[] = [];
        let failures = 1;
        for (const name of ['one', 'two']) {
          const subscribed = await subscribe(conn, {
            queue,
            bindings: [`${word}.#`],
            retry: { delaysMs: [50], tries: 3 },
            handler: (event, { requestId }) => {
              if (failures-- > 0) return Promise.reject(new Error('db away'));
              seen.push(`${event.type} ${requestId} ${String(name !== '')}`);
              return Promise.resolve();
            },
          });
          closing.push(subscribed);
        }
        const live: string[] = [];
        let listening = 0;
        const follower = await follow(conn, {
          bindings: [`${word}.*.changed`],
          onListening: () => (listening += 1),
          handler: ({ type }) => {
            live.push(type);
          },
        });
        closing.push(follower);
        const { publish } = publisher(conn);
        await publish(anEvent(`${word}.power.changed`));
        await publish(anEvent(`${word}.power.failed`));
        await publish(anEvent(`${unique('other')}.power.changed`));
        await eventually(() => {
          expect(seen.toSorted()).toEqual([
            `${word}.power.changed req-7 true`,
            `${word}.power.failed req-7 true`,
          ]);
        });
        expect(live).toEqual([`${word}.power.changed`]);
        expect(listening).toBe(1);
      });
    });
  });
}
