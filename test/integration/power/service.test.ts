// The whole service on a real broker and database, switching a machine through a real IPMI BMC.
import { randomUUID } from 'node:crypto';
import { loadConfig } from '@metalcast/config';
import { power } from '@metalcast/contracts';
import { Relay } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { createLogger } from '@metalcast/log';
import { connectRpc, publisher, rpcClient, type Publisher } from '@metalcast/rpc';
import { subscribe } from '@metalcast/rpc/testing';
import { microservice } from '@metalcast/service';
import { startBroker, startDatabase, TestKeys, waitFor } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { options } from '../../../services/power/src/config.js';
import { PowerModule } from '../../../services/power/src/power.module.js';
import { startIpmiSim, type IpmiSim } from './ipmi-sim.js';

const ctx = { requestId: 'req-service-test' };
const password = 'canary-4712';
const closers: (() => Promise<unknown>)[] = [];
const lines: string[] = [];
const heard: { type: string; subject: string; data: unknown }[] = [];
let database: ModelDatabase;
let ownDatabase: ModelDatabase;
let publish: Publisher['publish'];
let bmc: IpmiSim;
let node: string;
let client: ReturnType<typeof rpcClient<typeof power>>;

beforeAll(async () => {
  const rows = await startDatabase();
  closers.push(() => rows.close());
  const broker = await startBroker();
  closers.push(() => broker.close());
  const keys = new TestKeys();
  const logger = createLogger('power', 'debug', { write: (line) => void lines.push(line) });
  database = new ModelDatabase({ url: rows.url, poolSize: 5, applicationName: 'test' });
  closers.push(() => database.close());
  ownDatabase = new ModelDatabase({
    url: rows.urlOf('power'),
    poolSize: 5,
    applicationName: 'test-power',
    service: 'power',
  });
  closers.push(() => ownDatabase.close());
  const rpc = connectRpc({ url: broker.url, host: 'test', logger });
  closers.push(() => rpc.close());
  await rpc.ready(20_000);
  ({ publish } = publisher(rpc));
  const relay = new Relay({
    url: rows.urlOf('power'),
    publisher: publisher(rpc),
    logger,
    applicationName: 'test-power-relay',
  });
  closers.push(() => relay.close());
  ownDatabase.publishBy(relay);
  bmc = await startIpmiSim(password);
  closers.push(() => bmc.close());
  const events = await subscribe(rpc, {
    queue: 'test',
    bindings: ['node.power.#'],
    handler: (event) => {
      heard.push(event);
      return Promise.resolve();
    },
  });
  closers.push(() => events.close());
  const service = await microservice(PowerModule, { topics: [power], events: 'live' })({
    config: loadConfig(options, {
      env: {
        DATABASE_URL: rows.urlOf('power'),
        AMQP_URL: broker.url,
        ...keys.environment('power'),
        METALCAST_SYNC_INTERVAL_MS: '640',
      },
    }),
    ...{ logger, database: ownDatabase, rpc },
    keys: { bmcPrivate: keys.holder('bmcPrivate') },
    host: 'test',
    owner: 'test',
    health: { check: () => undefined },
    details: () => undefined,
    began: () => undefined,
  });
  closers.push(() => service.close());
  client = rpcClient(rpc, power, { timeoutMs: 10_000 });
  node = randomUUID();
  await database.prisma.node.create({
    data: {
      uuid: node,
      cpus: 1,
      memoryMb: 1024,
      localGb: 10,
      powerDriver: 'ipmi',
      pmAddress: bmc.address,
      pmUser: bmc.user,
      pmSecret: await keys.seal('bmcPublic', `nodes.pm_secret:${node}`, password),
      pmOptions: { port: bmc.port, cipher_suite: 3 },
    },
  });
});

afterAll(async () => {
  for (const close of closers.reverse()) {
    await close();
  }
});

const heardOf = (key: string, type: string): Promise<unknown> =>
  waitFor(
    () =>
      heard.find(({ type: was, data }) => was === type && (data as { key?: string }).key === key),
    { timeoutMs: 20_000, what: `${type} of ${key}` },
  );

test('a cast switches the machine, and its event is published', async () => {
  await bmc.setPower('on');
  await client.cast.set(
    { node, epoch: 0, key: 'one', target: 'cycle', boot_device: 'network' },
    ctx,
  );
  expect(await heardOf('one', 'node.power.changed')).toMatchObject({
    subject: node,
    epoch: 0,
    requestid: ctx.requestId,
  });
  expect(await bmc.power()).toBe('on');
  expect(await bmc.told()).toEqual(['power 0', 'boot pxe', 'power 1']);
  expect(await client.call.get({ node }, ctx)).toEqual({ power: 'on' });
});

test('a BMC that refuses is told with its answer', async () => {
  await bmc.setRefusing(true);
  await client.cast.set({ node, epoch: 0, key: 'two', target: 'off' }, ctx);
  expect(await heardOf('two', 'node.power.failed')).toMatchObject({
    data: { fault: { code: 'POWER_REFUSED', details: { answer: 'Unspecified error' } } },
  });
  await bmc.setRefusing(false);
});

test('a machine that goes off by itself is noticed by the sync', async () => {
  const before = heard.length;
  await bmc.setPower('off');
  await waitFor(
    () =>
      heard.slice(before).find(({ data }) => (data as { by?: string; to?: string }).by === 'sync'),
    { timeoutMs: 20_000, what: 'the sync' },
  );
  expect(heard.at(-1)).toMatchObject({
    type: 'node.power.changed',
    data: { from: 'on', to: 'off' },
  });
});

test.each(['node.enrolled', 'node.changed'])(
  '%s is heard: it may tell of a new BMC',
  async (type) => {
    const statements = vi.spyOn(ownDatabase, 'statement');
    const event = {
      ...{ specversion: '1.0', id: randomUUID(), source: '/test', type, subject: node },
      ...{ time: new Date().toISOString(), datacontenttype: 'application/json', sequence: '1' },
      ...{ requestid: ctx.requestId, data: { name: null, fields: ['power'] } },
    };
    await publish({ kind: 'event', routingKey: type, body: JSON.stringify(event) });
    await waitFor(
      () =>
        statements.mock.calls.some(
          ([name, { values }]) =>
            name === 'unreached_nodes' && JSON.stringify(values).includes(node),
        ),
      { timeoutMs: 20_000, what: 'the look for a BMC that was not reached' },
    );
    statements.mockRestore();
  },
);

test('log lines carry the request id, and never the password', async () => {
  expect(
    lines.some((line) => line.includes('power command done') && line.includes(ctx.requestId)),
  ).toBe(true);
  const events = await database.prisma.event.findMany();
  expect(lines.join('') + JSON.stringify(heard)).not.toContain(password);
  expect(JSON.stringify(events.map(({ data }) => data))).not.toContain(password);
});
