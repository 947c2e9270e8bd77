import { beat, type Database, type Queries } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { touchMemberNodes } from '@metalcast/db/placement';
import { createLogger } from '@metalcast/log';
import { startDatabase, waitFor, type TestDatabase } from '@metalcast/testing';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FleetKeeper } from '../../../services/scheduler/src/fleet/fleet-keeper.js';
import { Fleet } from '../../../services/scheduler/src/fleet/fleet.js';
import type { HostState } from '../../../services/scheduler/src/fleet/host-state.js';
import { enrol } from './rows.js';

const timeoutMs = 10_000;

let rows: TestDatabase;
let database: ModelDatabase;
let fleet: Fleet;
let keeper: FleetKeeper;
let log: string[];

beforeEach(async () => {
  rows = await startDatabase();
  database = new ModelDatabase({
    url: rows.url,
    poolSize: 5,
    applicationName: 'fleet-keeper-test',
  });
  fleet = new Fleet();
  log = [];
});
afterEach(async () => {
  await keeper.stop();
  await database.close();
  await rows.close();
});

async function start(
  everyMs = 600_000,
  verifyMs = 600_000,
  source: Pick<Database, 'sql'> = database,
): Promise<void> {
  const logger = createLogger('scheduler', 'error', { write: (line) => void log.push(line) });
  keeper = new FleetKeeper(source as Database, fleet, logger, { everyMs, verifyMs });
  await keeper.start();
}

const textOf = (query: Parameters<Queries['$queryRaw']>[0]): string =>
  ('strings' in query ? query.strings : query).join('');

const seen = (uuid: string): HostState | undefined =>
  [...fleet.all()].find((host) => host.uuid === uuid);

test('is filled once, then follows changed, new and removed nodes', async () => {
  const [stays, leaves] = await enrol(database, 2);
  await start();
  expect(fleet.size).toBe(2);
  const [comes] = await enrol(database, 1, { rack: 'r9' });
  await database.prisma.node.update({ where: { uuid: stays! }, data: { memoryMb: 4711 } });
  await database.prisma.node.update({
    where: { uuid: leaves! },
    data: { deletedAt: new Date() },
  });
  await keeper.catchUp();
  expect(fleet.size).toBe(2);
  expect(seen(stays!)?.kind.memoryMb).toBe(4711);
  expect(seen(leaves!)).toBeUndefined();
  expect(seen(comes!)).toMatchObject({ rack: 'r9', interfaces: 1 });
});

test('the periodic refresh finds changes without an event', async () => {
  const [uuid] = await enrol(database, 1);
  await start(20);
  await database.prisma.node.update({ where: { uuid: uuid! }, data: { maintenance: true } });
  await waitFor(() => seen(uuid!)?.maintenance, { timeoutMs, what: 'the look' });
});

test('misses no change of a long transaction', async () => {
  const [slow, quick] = await enrol(database, 2);
  await start();
  let commit = (): void => undefined;
  const held = new Promise<void>((resolve) => (commit = resolve));
  let changed = (): void => undefined;
  const isChanged = new Promise<void>((resolve) => (changed = resolve));
  const slowly = database.transaction(async ({ sql }) => {
    await sql.node.update({ where: { uuid: slow! }, data: { memoryMb: 1 } });
    changed();
    await held;
  });
  await isChanged;
  for (const memoryMb of [2, 3]) {
    await database.prisma.node.update({ where: { uuid: quick! }, data: { memoryMb } });
    await keeper.catchUp();
  }
  expect(seen(quick!)?.kind.memoryMb).toBe(3);
  expect(seen(slow!)?.kind.memoryMb).not.toBe(1);
  commit();
  await slowly;
  await keeper.catchUp();
  expect(seen(slow!)?.kind.memoryMb).toBe(1);
});

test('knows the aggregates of its nodes', async () => {
  const [uuid] = await enrol(database, 1);
  await start();
  expect(seen(uuid!)?.kind.zone).toBe('nova');
  await database.transaction(async ({ sql }) => {
    await sql.aggregate.create({
      data: {
        uuid: randomUUID(),
        name: 'cellar',
        metadata: { availability_zone: 'cellar' },
        hosts: { create: { host: uuid! } },
      },
    });
    await touchMemberNodes(sql, [uuid!]);
  });
  await keeper.catchUp();
  expect(seen(uuid!)?.kind.zone).toBe('cellar');
});

test.each([
  { name: 'whoever asks first', everyMs: 600_000 },
  { name: 'beside looks of its own', everyMs: 1 },
])('catchUp reads the present compute services, $name', async ({ everyMs }) => {
  await start(everyMs);
  const heart = { host: 'c1', topic: 'compute', version: '1', details: {} };
  await beat(database, { ...heart, binary: 'nova-compute' }, true);
  await keeper.catchUp();
  for (const disabled of [true, false, true, false]) {
    await database.prisma.service.updateMany({ data: { disabled } });
    await keeper.catchUp();
    expect([keeper.problems(null) === undefined, keeper.workingHosts.length]).toEqual(
      disabled ? [false, 0] : [true, 1],
    );
  }
});

test('compares its view with the database and reads everything again when the view is wrong', async () => {
  const [uuid] = await enrol(database, 3);
  await start(20, 0);
  const host = seen(uuid!)!;
  const { key: kindKey } = fleet.groupOf(host.id)!;
  fleet.put({ kindKey, host: { ...host, rack: 'wrong', version: host.version + 1000 } });
  await waitFor(() => seen(uuid!)?.rack === 'r0', { timeoutMs, what: 'the node as it is' });
  expect(log.join('')).toContain('the in-memory view of the nodes was wrong');
});

/** The smallest number of nodes in the fleet until `watched` ends. */
async function leastSize(watched: Promise<unknown>): Promise<number> {
  let least = fleet.size;
  let isOver = false;
  const look = (): void => {
    least = Math.min(least, fleet.size);
    if (!isOver) {
      setImmediate(look);
    }
  };
  look();
  try {
    await watched;
  } finally {
    isOver = true;
  }
  return least;
}

test('the old view stays while everything is read again', async () => {
  const [gone] = await enrol(database, 3);
  await start(20, 0);
  const least = leastSize(
    waitFor(() => seen(gone!) === undefined, { timeoutMs, what: 'the node to be gone' }),
  );
  // Deleted by hand: a reading of changes does not show a removed row.
  await database.prisma.interface.deleteMany({ where: { node: { uuid: gone! } } });
  await database.prisma.node.delete({ where: { uuid: gone! } });
  expect(await least).toBe(2);
  expect(log.join('')).toContain('the in-memory view of the nodes was wrong');
});

test('the old view stays when the database was replaced by an older one and the reading fails', async () => {
  const uuids = await enrol(database, 3);
  const answers: (() => Promise<unknown>)[] = [];
  const sql: Queries = {
    $queryRaw: <T>(...[query, ...values]: Parameters<Queries['$queryRaw']>) => {
      const answer = textOf(query).includes('LEFT JOIN instances i') ? answers.shift() : undefined;
      return (answer?.() ?? database.sql.$queryRaw(query, ...values)) as Promise<T>;
    },
    $executeRaw: (query, ...values) => database.sql.$executeRaw(query, ...values),
  };
  await start(600_000, 600_000, { sql });
  const [host] = fleet.all();
  const { key: kindKey } = fleet.groupOf(host!.id)!;
  fleet.put({ kindKey, host: { ...host!, rack: 'newer', version: host!.version + 1000 } });
  const older = (): Promise<unknown> => Promise.resolve([{ id: null, cursor: '1' }]);

  answers.push(older, () => Promise.reject(new Error('the connection is lost')));
  await expect(keeper.catchUp()).rejects.toThrow('the connection is lost');
  expect(fleet.size).toBe(3);
  answers.push(older);
  await keeper.catchUp();
  expect(uuids.map((uuid) => seen(uuid)?.rack)).toEqual(['r0', 'r0', 'r0']);
});
