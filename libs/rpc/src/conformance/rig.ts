/** What the conformance tests share: a topic, its handlers, and connections that are closed in the end. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, vi } from 'vitest';
import { z } from 'zod';
import { call, cast, type Handlers, type RequestContext, type Topic } from '@metalcast/contracts';
import { Fault } from '@metalcast/domain';
import type { RpcConnection, RpcOptions } from '../connection.js';
import { serve, type RpcServer, type ServeOptions } from '../server/serve.js';
import type { OutgoingMessage } from '../publish/outgoing-message.js';
import { deadLetters } from '../topology.js';

export type Connect = (options: Pick<RpcOptions, 'host' | 'maxMessageBytes'>) => RpcConnection;

export const ctx: RequestContext = {
  requestId: 'req-1',
  userId: 'u1',
  projectId: 'p1',
  isAdmin: true,
};
export const timeoutMs = 5_000;
export const eventually = (check: () => void): Promise<void> =>
  vi.waitFor(check, { timeout: timeoutMs });
export const unique = (name: string): string => `${name}_${randomUUID().slice(0, 8)}`;

const methods = {
  add: call('1.0', z.object({ a: z.int(), b: z.int() }), z.object({ sum: z.int() })),
  whoAreYou: call('1.2', z.object({}), z.string()),
  fail: call('1.0', z.object({ how: z.enum(['fault', 'bug']) }), z.null()),
  note: cast('1.0', z.object({ text: z.string() })),
};
export type Calc = Topic<typeof methods>;

/** Each test has its own topic, so that tests may share a broker. */
export const aTopic = (): Calc => ({ topic: unique('calc'), version: '1.5', methods });

export const anEvent = (
  type: string,
  {
    data = { from: 'off' },
    routingKey = type,
  }: { readonly data?: unknown; readonly routingKey?: string } = {},
): OutgoingMessage => ({
  kind: 'event',
  routingKey,
  body: JSON.stringify({
    specversion: '1.0',
    id: randomUUID(),
    source: '/test',
    type,
    subject: '7c1b2c3d-0000-4000-8000-000000000001',
    time: new Date(0).toISOString(),
    datacontenttype: 'application/json',
    sequence: '1',
    requestid: 'req-7',
    data,
  }),
});

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

type Started = ServeOptions & { readonly host?: string; readonly maxMessageBytes?: number };

export interface Rig {
  readonly connect: Connect;
  /** Serves the topic on its own connection. */
  readonly started: (
    topic: Calc,
    own?: Partial<Handlers<Calc>>,
    options?: Started,
  ) => Promise<{ conn: RpcConnection; server: RpcServer }>;
  /** Collects the dead letters of a topic or event queue. */
  readonly deadLettered: (conn: RpcConnection, of: string) => { body: string; reason: string }[];
  /** Closed after the last test, before the connections. */
  readonly closing: { close(): Promise<void> }[];
}

/** Must be called inside a describe. */
export function rigOf(open: () => Promise<{ connect: Connect }>): Rig {
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
    { host = unique('host'), maxMessageBytes, ...options }: Started = {},
  ) => {
    const conn = connect({ host, ...(maxMessageBytes === undefined ? {} : { maxMessageBytes }) });
    const server = await serve(conn, topic, handlers(conn, own), options);
    closing.push(server);
    return { conn, server };
  };
  const deadLettered = (conn: RpcConnection, of: string) => {
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
        found.push({ body: Buffer.from(delivery.content).toString(), reason });
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

  return { connect, started, deadLettered, closing };
}
