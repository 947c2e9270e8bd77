import { randomUUID } from 'node:crypto';
import { insertBuilds, type NewBuilds } from '@metalcast/db/api';
import { ModelDatabase } from '@metalcast/db/models';
import { startDatabase, type TestDatabase } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { query } from './query.js';
import { RecordingCarrier } from './recording-carrier.js';

let server: TestDatabase;
let database: ModelDatabase;
let carrier: RecordingCarrier;

beforeAll(async () => {
  server = await startDatabase();
  database = new ModelDatabase({
    url: server.url,
    poolSize: 4,
    applicationName: 'new-builds-test',
  });
});
afterAll(async () => {
  await database.close();
  await server.close();
});

const builds = (count: number, serverGroupId: string | null = null): NewBuilds => ({
  common: {
    ...{
      userId: 'u1',
      projectId: 'p1',
      displayDescription: 'ä "quoted" \\ {}',
      imageRef: randomUUID(),
    },
    ...{ reservationId: 'r-1', memoryMb: 1, vcpus: 1, rootGb: 1, ephemeralGb: 0 },
    ...{ keyName: null, keyData: null, availabilityZone: null, forcedHost: null, forcedNode: null },
    ...{ image: { a: [1, null] }, flavor: {}, metadata: {}, requestedNetworks: 'auto' },
    ...{ schedulerHints: {}, serverGroupId, configDrive: true },
  },
  each: Array.from({ length: count }, (_, launchIndex) => ({
    ...{ uuid: randomUUID(), displayName: `a,"{b}"\\${launchIndex}`, hostname: 'h', launchIndex },
    ...{ userData: launchIndex === 0 ? null : 'NULL', adminPass: '' },
  })),
  requester: { requestId: 'req-1' },
});

async function insert(wanted: NewBuilds): Promise<boolean> {
  carrier = new RecordingCarrier();
  database.publishBy(carrier);
  return insertBuilds(database, wanted, (out) => {
    for (const { uuid: subject } of wanted.each) {
      out.emit({ type: 'instance.created', subject, data: {} });
      out.cast(subject, { routingKey: 'scheduler', body: '{}' });
    }
  });
}

test('each gets its own columns and what all have in common, in the order of the launch', async () => {
  const wanted = builds(3);
  expect(await insert(wanted)).toBe(true);
  const uuids = wanted.each.map(({ uuid }) => uuid);
  expect(carrier.told).toEqual([[...uuids, ...uuids.map((uuid) => `scheduler:${uuid}`)].sort()]);
  const rows = await database.prisma.instance.findMany({ orderBy: { id: 'asc' } });
  expect(rows).toMatchObject(wanted.each.map((own) => ({ ...wanted.common, ...own })));
  expect(
    rows.every(({ vmState, taskState }) => `${vmState} ${taskState}` === 'building scheduling'),
  ).toBe(true);
  const operations = await query(
    server.url,
    `SELECT o.project_id, s.attempt FROM operations o
    JOIN operation_steps s ON s.operation_id = o.id AND s.step = o.step AND s.finished_at IS NULL
    WHERE o.instance_uuid = ANY ($1) AND o.state = 'waiting' AND o.awaiting = 'claim'`,
    [uuids],
  );
  expect(operations).toEqual(uuids.map(() => ({ project_id: null, attempt: 1 })));
});

test('of a group that the project has not, or that is gone, nothing is inserted and nobody is told', async () => {
  const { prisma } = database;
  const [foreign, own] = [randomUUID(), randomUUID()];
  const group = { name: 'g', policy: 'affinity', userId: 'u1' };
  await prisma.serverGroup.create({ data: { id: foreign, projectId: 'p2', ...group } });
  await prisma.serverGroup.create({ data: { id: own, projectId: 'p1', ...group } });
  const before = await prisma.outbox.count();
  for (const missing of [foreign, randomUUID()]) {
    const wanted = builds(2, missing);
    expect(await insert(wanted)).toBe(false);
    expect(carrier.told).toEqual([]);
    const uuids = wanted.each.map(({ uuid }) => uuid);
    expect(await prisma.instance.count({ where: { uuid: { in: uuids } } })).toBe(0);
    expect(await prisma.stream.count({ where: { aggregate: { in: uuids } } })).toBe(0);
  }
  expect(await prisma.outbox.count()).toBe(before);
  expect(await insert(builds(2, own))).toBe(true);
});

test('one that cannot be inserted keeps all others out', async () => {
  const wanted = builds(3);
  const twice = { ...wanted, each: [...wanted.each, wanted.each[0]!] };
  await expect(insert(twice)).rejects.toMatchObject({ code: '23505' });
  const uuids = wanted.each.map(({ uuid }) => uuid);
  expect(await database.prisma.instance.count({ where: { uuid: { in: uuids } } })).toBe(0);
});
