// Messages that take a detour: by an exchange or a queue that the sender itself has declared, where the broker does not
// look at the routing key. Each service tries each detour to each exchange that there is, all at once: most of the time
// is waited for what the broker pauses.
import { topics } from '@metalcast/contracts';
import { serviceNames, messagesOfService, type ServiceName } from '@metalcast/domain';
import {
  castMessage,
  connectRpc,
  publisher,
  silentLogger,
  type RpcConnection,
} from '@metalcast/rpc';
import { serve, subscribe } from '@metalcast/rpc/testing';
import { startBroker, waitFor, type TestBroker } from '@metalcast/testing';
import { connect, type ChannelModel, type ConfirmChannel } from 'amqplib';
import { afterAll, beforeAll, expect, test } from 'vitest';

const timeoutMs = 30_000;
const ctx = { requestId: 'req-test' };
const real = '8a7ba9ba-7f33-4a0c-a1f7-5a8ac1b4b3ce';

let broker: TestBroker;
const closing: (() => Promise<unknown>)[] = [];
/** What power was told to switch, and what compute heard. */
const switched: string[] = [];
const heard: string[] = [];

beforeAll(async () => {
  broker = await startBroker();
  closing.push(() => broker.close());
  const power = await as('power');
  let failed = false;
  const server = await serve(
    power,
    topics.power,
    {
      get: () => Promise.reject(new Error('not asked')),
      set: ({ node }) => {
        if (!failed) {
          failed = true;
          throw new Error('in passing');
        }
        switched.push(node);
        return Promise.resolve();
      },
    },
    { retry: { delaysMs: [1000], tries: 3 } },
  );
  closing.push(() => server.close(0));
  const events = await subscribe(await as('compute'), {
    queue: messagesOfService('compute').subscription ?? '',
    bindings: ['#'],
    handler: ({ id }) => {
      heard.push(id);
      return Promise.resolve();
    },
  });
  closing.push(() => events.close(0));
  // The first is paused once: so all that a pause needs is there.
  await castFromApi();
}, 2 * timeoutMs);
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

const connected = new Map<ServiceName, Promise<RpcConnection>>();

function as(service: ServiceName): Promise<RpcConnection> {
  const known = connected.get(service) ?? open(service);
  connected.set(service, known);
  return known;
}

async function open(service: ServiceName): Promise<RpcConnection> {
  const url = await broker.urlOf(service);
  const conn = connectRpc({ url, service, host: 'h', logger: silentLogger });
  closing.push(() => conn.close());
  await conn.ready(timeoutMs);
  return conn;
}

const switchOn = (node: string) =>
  castMessage(topics.power, 'set', { node, epoch: 1, target: 'on' }, ctx);

/** When it has arrived, what was sent before by any way has arrived as well. */
async function castFromApi(): Promise<void> {
  const before = switched.length;
  await publisher(await as('api')).publish(switchOn(real));
  await waitFor(() => switched.length > before, { timeoutMs, what: "the api's cast" });
}

const eventOf = (type: string, id: string): string =>
  JSON.stringify({
    ...{ specversion: '1.0', id, source: '/test', type, sequence: '1', subject: real },
    ...{ time: '2026-01-01T00:00:00Z', datacontenttype: 'application/json', data: {} },
  });

interface Led {
  readonly service: ServiceName;
  readonly own: string;
  readonly target: string;
  readonly key: string;
}

/** Leads from the exchange `own` to `target`. */
type Detour = (channel: ConfirmChannel, led: Led) => Promise<unknown>;

const detours: Readonly<Record<string, Detour>> = {
  'by an exchange of its own': async (channel, { own, target }) => {
    await channel.assertExchange(own, 'fanout', { durable: false });
    await channel.bindExchange(target, own, '');
  },
  'by a headers exchange of its own': async (channel, { own, target }) => {
    await channel.assertExchange(own, 'headers', { durable: false });
    await channel.bindExchange(target, own, '', { 'x-match': 'all' });
  },
  'by an exchange whose alternate it is': (channel, { own, target }) =>
    channel.assertExchange(own, 'direct', { durable: false, alternateExchange: target }),
  'by a queue whose dead letters it gets': async (channel, { own, target, key }) => {
    await channel.assertExchange(own, 'fanout', { durable: false });
    await channel.assertQueue(own, {
      ...{ durable: false, autoDelete: false, expires: 60_000, messageTtl: 0 },
      ...{ deadLetterExchange: target, deadLetterRoutingKey: key },
    });
    await channel.bindQueue(own, own, '');
  },
  'by a queue whose dead letters keep their keys': async (channel, { own, target }) => {
    await channel.assertExchange(own, 'fanout', { durable: false });
    await channel.assertQueue(own, {
      ...{ durable: false, autoDelete: false, expires: 60_000, messageTtl: 0 },
      deadLetterExchange: target,
    });
    await channel.bindQueue(own, own, '');
  },
  'by what comes back from a pause of its own': async (channel, { service, own, target }) => {
    const { serves = '' } = messagesOfService(service);
    await channel.assertExchange(own, 'fanout', { durable: false });
    await channel.bindExchange(`metalcast.retry.1000.${service}`, own, '');
    await channel.bindExchange(target, `metalcast.retry.${service}`, serves);
  },
};

const detourNames = Object.keys(detours);
/** By its id, what has come through tells its detour. */
const forgedBy = (detour: string): string =>
  `0000000${detourNames.indexOf(detour)}-7f33-4a0c-a1f7-5a8ac1b4b3ce`;
/** The detours by which something has come through. */
const openDetours = (ids: readonly string[]): string[] =>
  detourNames.filter((name) => ids.includes(forgedBy(name)));

let names = 0;
/** What the service may declare. */
const ownName = (service: ServiceName): string => {
  names += 1;
  const { serves } = messagesOfService(service);
  return serves === undefined ? `reply_d${names}` : `${serves}.d${names}`;
};

interface Forgery {
  readonly body: string;
  /** Keys that the sender has a right to: a binding that compares them passes the message on. */
  readonly aside: readonly string[];
}

/** Publishes by the detour, unless the broker refuses it. */
async function forge(
  model: ChannelModel,
  led: Led,
  detour: Detour,
  { body, aside }: Forgery,
): Promise<void> {
  const { own, target, key } = led;
  const channel = await model.createConfirmChannel();
  channel.on('error', () => undefined);
  // A channel that ends while a message is written confirms it never.
  const ended = new Promise((resolve) => channel.once('close', resolve));
  const attempt = async (): Promise<void> => {
    await detour(channel, led);
    for (const headers of [{}, { BCC: [...aside] }]) {
      channel.publish(own, key, Buffer.from(body), { headers });
      channel.publish(target, key, Buffer.from(body), { headers });
      await Promise.race([channel.waitForConfirms(), ended]);
    }
  };
  await attempt().catch(() => undefined);
  await channel.close().catch(() => undefined);
  const last = await model.createChannel();
  await last.deleteQueue(own);
  await last.deleteExchange(own);
  await last.close();
}

interface Named {
  readonly name: string;
}

/**
 * The common exchanges and the service's own; the broker refuses others', whatever the key is. A longer pause is like
 * the shortest.
 */
async function targetsOf(service: ServiceName): Promise<string[]> {
  const all = (await broker.management.request('GET', `/exchanges/${broker.vhost}`)) as Named[];
  const { serves = service, subscription = service } = messagesOfService(service);
  const own = [`${serves}.dead`, `${serves}_fanout`, `${subscription}.dead`];
  const ofAll = /^(nova|metalcast[.](events|retry([.]1000)?|replies|unroutable))$/;
  return all
    .map(({ name }) => name)
    .filter((name) => ofAll.test(name) || own.includes(name) || name.split('.').includes(service))
    .filter((name) => !/[.](5000|30000|300000)[.]/.test(name));
}

/** Nothing is under way from the service's pause any more. */
async function pauseIsOver(service: ServiceName): Promise<void> {
  const model = await connect(broker.url);
  const channel = await model.createChannel();
  const queue = `metalcast.retry.1000.${service}`;
  if (messagesOfService(service).serves !== undefined) {
    await waitFor(async () => (await channel.checkQueue(queue)).messageCount === 0, {
      timeoutMs,
      what: `${queue} to be empty`,
    });
  }
  await model.close();
}

async function forgeAll(
  service: ServiceName,
  key: string,
  bodyOf: (id: string) => string,
): Promise<void> {
  const { serves, casts, calls = [], publishes } = messagesOfService(service);
  const aside = [serves ?? 'reply_d', ...casts, ...calls, ...publishes];
  const model = await connect(await broker.urlOf(service));
  model.on('error', () => undefined);
  const targets = await targetsOf(service);
  await Promise.all(
    Object.entries(detours).flatMap(([name, detour]) =>
      targets.map((target) => {
        const led = { service, own: ownName(service), target, key };
        return forge(model, led, detour, { body: bodyOf(forgedBy(name)), aside });
      }),
    ),
  );
  await model.close();
  await pauseIsOver(service);
}

test.each(serviceNames)("%s takes nobody's event to its readers", async (service) => {
  heard.length = 0;
  const type = service === 'compute' ? 'node.enrolled' : 'instance.active';
  await forgeAll(service, type, (id) => eventOf(type, id));
  const [own = ''] = messagesOfService(service).publishes;
  const id = ownName(service);
  const event = { kind: 'event', routingKey: own, body: eventOf(own, id) } as const;
  await publisher(await as(service)).publish(event);
  await waitFor(() => heard.includes(id), { timeoutMs, what: 'its own event' });
  expect(openDetours(heard)).toEqual([]);
});

const strangersToPower = serviceNames.filter(
  (service) => service !== 'power' && !messagesOfService(service).casts.includes('power'),
);

test.each(strangersToPower)('%s casts nothing to power', async (service) => {
  switched.length = 0;
  await forgeAll(service, 'power', (id) => switchOn(id).body);
  await castFromApi();
  expect(openDetours(switched)).toEqual([]);
});
