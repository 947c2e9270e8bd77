// What RabbitMQ lets each service do: its own work, and to speak to whom it speaks.
import { topics, type CloudEvent } from '@metalcast/contracts';
import { serviceNames, messagesOfService, type ServiceName } from '@metalcast/domain';
import {
  castMessage,
  connectRpc,
  publisher,
  rpcClient,
  silentLogger,
  type RpcConnection,
} from '@metalcast/rpc';
import { follow, serve, subscribe } from '@metalcast/rpc/testing';
import { startBroker, waitFor, type TestBroker } from '@metalcast/testing';
import { connect, type Channel, type ChannelModel } from 'amqplib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const timeoutMs = 20_000;
const node = '8a7ba9ba-7f33-4a0c-a1f7-5a8ac1b4b3ce';
/** What is published to it goes to the queue of that name, after a second, for one who is no service. */
const commonPause = 'metalcast.retry.1000';
/** Exchanges that only the administrator and foreign peers may write to. */
const common = ['nova', 'metalcast.events', 'metalcast.retry', commonPause, 'metalcast.unroutable'];
/** Types of all events. */
const types = [...new Set(serviceNames.flatMap((service) => messagesOfService(service).publishes))];
const topicNames = Object.values(topics).map(({ topic }) => topic);

let broker: TestBroker;
let urls: Record<ServiceName, string>;
let connections: Record<ServiceName, ChannelModel>;
/** Of the operator, who may do all. */
let all: RpcConnection;
beforeAll(async () => {
  broker = await startBroker();
  const pairs = serviceNames.map(async (name) => [name, await broker.urlOf(name)] as const);
  urls = Object.fromEntries(await Promise.all(pairs)) as Record<ServiceName, string>;
  const opened = serviceNames.map(async (name) => [name, await connect(urls[name])] as const);
  connections = Object.fromEntries(await Promise.all(opened)) as typeof connections;
  all = connectRpc({ url: broker.url, host: 'all', logger: silentLogger });
  await all.ready(timeoutMs);
  const connection = await connect(broker.url);
  const channel = await connection.createChannel();
  await channel.assertExchange(commonPause, 'topic', { durable: true });
  await connection.close();
});
afterAll(async () => {
  await all.close();
  await Promise.all(Object.values(connections).map((connection) => connection.close()));
  await broker.close();
});

/** The broker's answer to what is tried on a channel of its own. */
async function refusal(
  service: ServiceName,
  attempt: (channel: Channel) => Promise<unknown>,
): Promise<number | undefined> {
  const channel = await connections[service].createConfirmChannel();
  let code: number | undefined;
  channel.on('error', (error: Error & { code?: number }) => {
    code = error.code;
  });
  await attempt(channel).catch(() => undefined);
  // A publish is answered by its confirm, or by the end of the channel.
  await channel.waitForConfirms().catch(() => undefined);
  await channel.close().catch(() => undefined);
  return code;
}

const publish =
  (exchange: string, key: string) =>
  (channel: Channel): Promise<unknown> =>
    Promise.resolve(channel.publish(exchange, key, Buffer.from('{}')));

test('the topics that services speak to are those of the contracts', () => {
  const named = serviceNames
    .map(messagesOfService)
    .flatMap(({ serves = [], casts, calls = [] }) => [...[serves].flat(), ...casts, ...calls]);
  expect(new Set(named)).toEqual(new Set(topicNames));
});

describe.each(serviceNames)('%s', (service) => {
  const { serves, casts, calls = [], publishes } = messagesOfService(service);
  const [type = ''] = publishes;
  const others = topicNames.filter((topic) => ![...casts, ...calls].includes(topic));

  test('publishes its events, and casts to those whom it casts to', async () => {
    const conn = connectRpc({ url: urls[service], service, host: 'h', logger: silentLogger });
    await conn.ready(timeoutMs);
    const heard: CloudEvent[] = [];
    const follower = await follow(all, {
      bindings: [type],
      handler: (e) => void heard.push(e),
    });
    const messages = publisher(conn);
    const event = {
      ...{ specversion: '1.0', id: service, source: '/test', type, sequence: '1' },
      ...{ subject: node, time: '2026-01-01T00:00:00Z', datacontenttype: 'application/json' },
      data: {},
    };
    await messages.publish({ kind: 'event', routingKey: type, body: JSON.stringify(event) });
    await waitFor(() => heard.some(({ id }) => id === service), { timeoutMs, what: 'the event' });
    for (const routingKey of casts) {
      const cast = { kind: 'cast', routingKey, body: '{}' } as const;
      // Nobody serves it here, and the broker says so.
      expect(await messages.publish(cast)).toMatch(/returned|confirmed/);
    }
    await follower.close();
    await conn.close();
  });

  test("is refused each of the others' events", async () => {
    for (const each of types.filter((every) => !publishes.includes(every))) {
      for (const exchange of ['metalcast.events', `metalcast.events.${service}`]) {
        expect([each, await refusal(service, publish(exchange, each))]).toEqual([each, 403]);
      }
    }
  });

  test('is refused a message without a key, whose header takes it to others', async () => {
    const own = ['casts', 'events', 'retry'].map((name) => `metalcast.${name}.${service}`);
    for (const exchange of [...common, ...own]) {
      const aside = (channel: Channel) =>
        Promise.resolve(channel.publish(exchange, '', Buffer.from('{}'), { CC: ['power'] }));
      expect([exchange, await refusal(service, aside)]).toEqual([exchange, 403]);
    }
  });

  test.each(others)('is refused a cast to %s, by whatever way', async (topic) => {
    const others = serviceNames.filter((each) => each !== service);
    const exchanges = ['casts', 'events', 'retry', 'retry.1000', 'replies'].flatMap((name) => [
      ...others.map((each) => `metalcast.${name}.${each}`),
      ...(topic === serves ? [] : [`metalcast.${name}.${service}`]).filter(
        (exchange) => !exchange.includes('replies'),
      ),
    ]);
    for (const exchange of [...common, '', `metalcast.casts.${service}`, ...exchanges]) {
      for (const key of [topic, `${topic}.host1`]) {
        expect([exchange, await refusal(service, publish(exchange, key))]).toEqual([exchange, 403]);
      }
    }
  });

  test.each(topicNames.filter((topic) => topic !== serves))(
    'is refused what is cast to %s',
    async (topic) => {
      const queue = 'metalcast.follower.0a';
      const listens = async (channel: Channel): Promise<void> => {
        await channel.assertQueue(queue, { exclusive: true, autoDelete: true });
        await channel.bindQueue(queue, 'nova', topic);
      };
      expect(await refusal(service, listens)).toBe(403);
      expect(await refusal(service, (channel) => channel.assertQueue(topic))).toBe(403);
      expect(await refusal(service, (channel) => channel.purgeQueue(topic))).toBe(403);
    },
  );
});

describe('power, served with its own rights', () => {
  test('answers a call, tries again what fails in passing, and buries what nobody can process', async () => {
    const conn = connectRpc({
      url: urls.power,
      service: 'power',
      host: 'p1',
      logger: silentLogger,
    });
    let tries = 0;
    const server = await serve(
      conn,
      topics.power,
      {
        get: () =>
          Promise.resolve({ power: 'on' as const, observed_at: null, fault: null } as never),
        set: () => {
          tries += 1;
          return tries === 1 ? Promise.reject(new Error('in passing')) : Promise.resolve();
        },
      },
      { retry: { delaysMs: [1000], tries: 3 } },
    );
    const asking = connectRpc({ url: urls.api, service: 'api', host: 'a1', logger: silentLogger });
    const client = rpcClient(asking, topics.power, { timeoutMs });
    const ctx = { requestId: 'req-test' };
    expect(await client.call.get({ node }, ctx)).toMatchObject({ power: 'on' });
    const cast = castMessage(topics.power, 'set', { node, epoch: 1, target: 'on' }, ctx);
    await publisher(asking).publish(cast);
    await waitFor(() => tries === 2, { timeoutMs, what: 'the second try' });

    await publisher(asking).publish({ kind: 'cast', routingKey: 'power', body: 'no message' });
    await waitFor(async () => (await waitingIn('power.dead')) === 1, {
      timeoutMs,
      what: 'the dead letter',
    });
    await server.close();
    await asking.close();
    await conn.close();
  });
});

/** Publishes under `key`, of the service's own, to the queues of `other` too. */
async function publishAside(
  service: ServiceName,
  { exchange, key, other, body }: { exchange: string; key: string; other: string; body: string },
): Promise<void> {
  for (const header of ['CC', 'BCC']) {
    const attempt = (channel: Channel) =>
      Promise.resolve(channel.publish(exchange, key, Buffer.from(body), { [header]: [other] }));
    expect(await refusal(service, attempt)).toBeUndefined();
  }
}

describe('what a header takes to others', () => {
  test('is no cast to them', async () => {
    const conn = connectRpc({
      url: urls.power,
      service: 'power',
      host: 'p2',
      logger: silentLogger,
    });
    let ran = 0;
    const server = await serve(conn, topics.power, {
      get: () => Promise.reject(new Error('not asked')),
      set: () => {
        ran += 1;
        return Promise.resolve();
      },
    });
    const before = await waitingIn('power.dead');
    const args = { node, epoch: 1, target: 'on' } as const;
    const { body } = castMessage(topics.power, 'set', args, { requestId: 'req-test' });
    const aside = {
      exchange: 'metalcast.casts.deploy-helper',
      key: 'deploy_helper',
      other: 'power',
      body,
    };
    await publishAside('deploy-helper', aside);
    await waitFor(async () => (await waitingIn('power.dead')) === before + 2, {
      timeoutMs,
      what: 'the dead letters',
    });
    expect(ran).toBe(0);
    await server.close();
    await conn.close();
  });

  test('is no event of theirs', async () => {
    const heard: string[] = [];
    const follower = await follow(all, {
      bindings: ['node.#', 'boot.dhcp'],
      handler: ({ type, id }) => void heard.push(`${type} ${id}`),
    });
    const event = (type: string, id: string): string =>
      JSON.stringify({
        ...{ specversion: '1.0', id, source: '/test', type, sequence: '1', subject: node },
        ...{ time: '2026-01-01T00:00:00Z', datacontenttype: 'application/json', data: {} },
      });
    const own = { exchange: 'metalcast.events.boot', key: 'boot.dhcp' };
    const other = 'node.power.changed';
    await publishAside('boot', { ...own, other, body: event(other, 'forged') });
    await publishAside('boot', { ...own, other, body: event('boot.dhcp', 'own') });
    await waitFor(() => heard.length === 2, { timeoutMs, what: 'the events' });
    expect(heard).toEqual(['boot.dhcp own', 'boot.dhcp own']);
    await follower.close();
  });
});

test('compute shares its events, and notifies', async () => {
  const conn = connectRpc({
    url: urls.compute,
    service: 'compute',
    host: 'c1',
    logger: silentLogger,
  });
  const events = await subscribe(conn, {
    queue: messagesOfService('compute').subscription ?? '',
    bindings: ['node.#'],
    handler: () => Promise.resolve(),
  });
  const outcome = await publisher(conn).publish({
    ...{ kind: 'notification', routingKey: 'notifications.info', body: '{}', expiresInMs: 1000 },
  });
  expect(outcome).toBe('confirmed');
  await events.close();
  await conn.close();
});

async function waitingIn(queue: string): Promise<number> {
  const connection = await connect(broker.url);
  const channel = await connection.createChannel();
  channel.on('error', () => undefined);
  const count = await channel.checkQueue(queue).then(
    ({ messageCount }) => messageCount,
    () => 0,
  );
  await connection.close();
  return count;
}
