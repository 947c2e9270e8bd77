import { describe, expect, test } from 'vitest';
import type { RequestContext } from '@metalcast/contracts';
import { Fault } from '@metalcast/domain';
import { callMethod } from '../client/call.js';
import { rpcClient } from '../client/client.js';
import { ping } from '../client/ping.js';
import { directExchange, replyQueue } from '../topology.js';
import { RemoteError } from '../wire/failure.js';
import { seal } from '../wire/envelope.js';
import { requestBody } from '../wire/request.js';
import { aTopic, ctx, eventually, timeoutMs, type Calc, type Rig } from './rig.js';

/** Calls and their answers. */
export function callsConform({ connect, started, closing, deadLettered }: Rig): void {
  /** What the servers of the topic answer to a call; `bodyOf` gets the fields that tell where the answer goes. */
  const answerTo = async (topic: Calc, bodyOf: (caller: object) => string): Promise<unknown> => {
    const conn = connect({ host: 'c' });
    await conn.replies.ready();
    const answer = conn.replies.expect('m1', { timeoutMs, late: () => new Error('no answer') });
    const publication = {
      exchange: conn.topology.control.name,
      routingKey: topic.topic,
      body: bodyOf({ _msg_id: 'm1', _reply_q: conn.replies.queueName }),
      mandatory: true,
      timeoutMs,
    };
    await Promise.all([conn.broker.publish(publication), answer.catch(() => undefined)]);
    return answer;
  };

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

    test("carry the caller's identity, without a token", async () => {
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

    const asked = { method: 'add', args: { a: 1, b: 2 }, version: '1.0' };
    test.each([
      ['whose arguments are a list', { ...asked, args: [1] }, /args/],
      ['whose arguments are a text', { ...asked, args: 'x' }, /args/],
      ['without a method', { ...asked, method: undefined }, /method/],
      ['whose method is empty', { ...asked, method: '' }, /method/],
      ['whose version is a number', { ...asked, version: 1 }, /version/],
      ['whose time limit is a text', { ...asked, _timeout: '1e999' }, /_timeout/],
      ['whose context is too long', { ...asked, _context_user_id: 'x'.repeat(300) }, /user_id/],
    ])('%s are answered', async (_, message, reason) => {
      const topic = aTopic();
      const { conn: serving } = await started(topic);
      const dead = deadLettered(serving, topic.topic);
      await expect(answerTo(topic, (caller) => seal({ ...message, ...caller }))).rejects.toThrow(
        expect.objectContaining({
          code: 'BAD_REQUEST',
          message: expect.stringMatching(reason) as string,
        }) as Error,
      );
      expect(dead).toEqual([]);
    });

    test('in an envelope of another version are answered', async () => {
      const topic = aTopic();
      await started(topic);
      const envelope = (caller: object): string =>
        seal({ ...asked, ...caller }).replace('"2.0"', '"3.0"');
      await expect(answerTo(topic, envelope)).rejects.toMatchObject({
        code: 'BAD_REQUEST',
        message: expect.stringContaining('envelope version 2.0') as string,
      });
    });

    test('time out when there is no server, or no answer', async () => {
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

    test('whose callers are gone keep the server from no other call', async () => {
      const topic = aTopic();
      let answered = 0;
      const add = ({ a, b }: { a: number; b: number }) => {
        answered += 1;
        return Promise.resolve({ sum: a + b });
      };
      await started(topic, { add }, { prefetch: 2 });
      const conn = connect({ host: 'c' });
      for (let gone = 0; gone < 40; gone += 1) {
        const parts = { method: 'add', version: '1.0', args: { a: gone, b: 0 }, ctx };
        const nobody = { messageId: `m${gone}`, replyQueue: 'reply_gone', monitorSeconds: null };
        await conn.broker.publish({
          exchange: conn.topology.control.name,
          routingKey: topic.topic,
          body: requestBody(parts, nobody),
          mandatory: true,
          timeoutMs,
        });
      }
      const client = rpcClient(conn, topic, { timeoutMs });
      await expect(client.call.add({ a: 1, b: 2 }, ctx)).resolves.toEqual({ sum: 3 });
      expect(answered).toBe(41);
    });

    test('are answered though the reply queue is not there for a while', async () => {
      const topic = aTopic();
      let answered = 0;
      const add = ({ a, b }: { a: number; b: number }) => {
        answered += 1;
        return Promise.resolve({ sum: a + b });
      };
      await started(topic, { add });
      const conn = connect({ host: 'c' });
      const queue = replyQueue();
      const parts = { method: 'add', version: '1.0', args: { a: 1, b: 2 }, ctx };
      await conn.broker.publish({
        exchange: conn.topology.control.name,
        routingKey: topic.topic,
        body: requestBody(parts, { messageId: 'm1', replyQueue: queue.name, monitorSeconds: null }),
        mandatory: true,
        timeoutMs,
      });
      await eventually(() => {
        expect(answered).toBe(1);
      });
      const replies: string[] = [];
      const consumer = conn.broker.consume({
        exchanges: [],
        queue: () => queue,
        prefetch: 1,
        deleteQueueOnClose: true,
        onDelivery: (delivery) => {
          replies.push(Buffer.from(delivery.content).toString());
          delivery.ack();
          return Promise.resolve();
        },
      });
      closing.push({ close: () => consumer.close(0) });
      await eventually(() => {
        expect(replies.join()).toContain('sum');
      });
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
}
