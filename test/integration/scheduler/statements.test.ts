import { randomUUID } from 'node:crypto';
import { loadConfig } from '@metalcast/config';
import { beat } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { Sealer } from '@metalcast/keys';
import { createLogger } from '@metalcast/log';
import { startDatabase, TestKeys, type TestDatabase } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PlaceInstance } from '../../../services/scheduler/src/claim/place-instance.js';
import { RunInstances } from '../../../services/scheduler/src/claim/run-instances.js';
import { options, settingsOf } from '../../../services/scheduler/src/config.js';
import { filtersByName } from '../../../services/scheduler/src/filters/index.js';
import { FleetKeeper } from '../../../services/scheduler/src/fleet/fleet-keeper.js';
import { Fleet } from '../../../services/scheduler/src/fleet/fleet.js';
import { isRelevantEvent } from '../../../services/scheduler/src/fleet/relevant-event.js';
import { Selector } from '../../../services/scheduler/src/select/selector.js';
import { weighersWith } from '../../../services/scheduler/src/weighers/index.js';
import { statementsOf } from '../statements.js';
import { askInSilence, enrol, requester } from './rows.js';

let rows: TestDatabase;
let database: ModelDatabase;
let keeper: FleetKeeper;
let fleet: Fleet;
let runs: RunInstances;

beforeAll(async () => {
  rows = await startDatabase();
  database = new ModelDatabase({
    url: rows.url,
    poolSize: 5,
    applicationName: 'scheduler-statements',
  });
  const heart = { binary: 'nova-compute', topic: 'compute', version: '2.47', details: {} };
  await beat(database, { host: 'compute1', ...heart }, true);
  await enrol(database, 20);
  const keys = new TestKeys();
  const env = { DATABASE_URL: rows.url, AMQP_URL: 'memory', ...keys.environment('scheduler') };
  const config = loadConfig(options, { env });
  const logger = createLogger('scheduler', 'error', { write: () => undefined });
  fleet = new Fleet();
  keeper = new FleetKeeper(database, fleet, logger, { everyMs: 600_000, verifyMs: 600_000 });
  await keeper.start();
  const policy = {
    filters: filtersByName(config.filters),
    weighers: weighersWith(config.weighers),
  };
  const scene = () => ({
    ...{ settings: settingsOf(config), fleet, problems: keeper.problems, now: Date.now() },
  });
  const selector = new Selector(fleet, policy, scene);
  const place = new PlaceInstance(database, { fleet, keeper, selector }, logger, config);
  runs = new RunInstances(database, new Sealer(keys.holder('instancePublic')), place);
});
afterAll(async () => {
  await keeper.stop();
  await database.close();
  await rows.close();
});

const run = (uuids: string[]) => () =>
  runs.run({ request_spec: { instance_uuids: uuids } }, requester);

test('a build is placed by two statements, a read and a claim; the own claim causes no refresh', async () => {
  const uuid = await askInSilence(database);
  const texts = await statementsOf(run([uuid]));
  expect(texts).toHaveLength(2);
  expect(texts[0]).toMatch(/^SELECT o\.id, o\.attempt/);
  expect(texts[1]).toMatch(/UPDATE nodes SET instance_uuid/);
  const { uuid: node } = await database.prisma.node.findFirstOrThrow({
    where: { instanceUuid: uuid },
  });
  const told = await database.prisma.event.findMany({ where: { subject: node } });
  expect(told).toMatchObject([{ type: 'node.state' }]);
  expect(told.map((event) => isRelevantEvent(fleet, event as never))).toEqual([false]);
});

test('a placed server takes no second node; an unknown one is a fault', async () => {
  const uuid = await askInSilence(database);
  await run([uuid])();
  expect(await statementsOf(run([uuid]))).toHaveLength(2);
  expect(await database.prisma.node.count({ where: { instanceUuid: uuid } })).toBe(1);
  const missing = { code: 'NOT_FOUND' };
  await expect(run([randomUUID()])()).rejects.toMatchObject(missing);
  const waits = await askInSilence(database);
  await expect(run([waits, randomUUID()])()).rejects.toMatchObject(missing);
  expect(await database.prisma.node.count({ where: { instanceUuid: waits } })).toBe(0);
});

test('aggregates and compute services are read by at most three statements', async () => {
  expect((await statementsOf(() => keeper.catchUp())).length).toBeLessThanOrEqual(3);
});
