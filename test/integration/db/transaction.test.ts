import { randomUUID } from 'node:crypto';
import { isUniqueViolation, isUnstorable, Prisma } from '@metalcast/db';
import { ModelDatabase, type Tx } from '@metalcast/db/models';
import { startDatabase, waitFor, type TestDatabase } from '@metalcast/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { query } from './query.js';
import { RecordingCarrier } from './recording-carrier.js';
import { aNode, anInstance, anOperation, insert } from './rows.js';

let server: TestDatabase;
let database: ModelDatabase;
beforeAll(async () => {
  server = await startDatabase();
  // Another zone than UTC would shift every time that goes in or out, if sessions did not set their own.
  await query(server.url, `ALTER DATABASE ${server.name} SET timezone = 'Asia/Kolkata'`);
  database = new ModelDatabase({ url: server.url, poolSize: 4, applicationName: 'test' });
});
afterAll(async () => {
  await database.close();
  await server.close();
});
beforeEach(() => query(server.url, 'TRUNCATE outbox, events, streams'));

const subject = randomUUID();
const nodeRow = async (): Promise<number> =>
  Number((await insert(server.url, 'nodes', aNode()))['id']);
const rename = ({ sql }: Tx, id: number, name: string) =>
  sql.node.update({ where: { id }, data: { name } });

test('what changed and what announces it commit together', async () => {
  const id = await nodeRow();
  const carrier = new RecordingCarrier();
  database.publishBy(carrier);
  await database.transaction(async (tx) => {
    await rename(tx, id, 'told');
    tx.out.emit({
      type: 'node.renamed',
      subject,
      data: { name: 'told' },
      epoch: 3,
      requestId: 'req-1',
    });
    tx.out.cast(subject, { routingKey: 'compute', body: '{}' });
  });
  const [streams = []] = carrier.committed;
  expect(carrier.committed).toHaveLength(1);
  expect(new Set(streams)).toMatchObject(
    new Set([
      expect.objectContaining({ aggregate: subject, n: 1, written: 1, sent: 0 }),
      expect.objectContaining({ aggregate: `compute:${subject}`, written: 1, sent: 0 }),
    ]),
  );
  const [event] = await query(server.url, 'SELECT * FROM events');
  expect(event).toMatchObject({ type: 'node.renamed', subject, n: '1', epoch: 3, pos: null });
  const outbox = await query(server.url, 'SELECT * FROM outbox ORDER BY seq');
  expect(outbox).toMatchObject([
    { aggregate: subject, kind: 'event', routing_key: 'node.renamed', event_id: event?.['id'] },
    { ...{ aggregate: `compute:${subject}`, kind: 'cast' }, routing_key: 'compute', body: '{}' },
  ]);
  expect(JSON.parse(String(outbox[0]?.['body']))).toEqual({
    specversion: '1.0',
    id: event?.['id'],
    source: '/metalcast',
    type: 'node.renamed',
    subject,
    time: (event?.['time'] as Date).toISOString(),
    datacontenttype: 'application/json',
    sequence: '1',
    epoch: 3,
    requestid: 'req-1',
    data: { name: 'told' },
  });
});

test('what is rolled back says nothing', async () => {
  const id = await nodeRow();
  const carrier = new RecordingCarrier();
  database.publishBy(carrier);
  await expect(
    database.transaction(async (tx) => {
      await rename(tx, id, 'untold');
      tx.out.emit({ type: 'node.renamed', subject, data: {} });
      throw new Error('changed my mind');
    }),
  ).rejects.toThrow('changed my mind');
  expect(await query(server.url, 'SELECT name FROM nodes WHERE id = $1', [id])).toEqual([
    { name: null },
  ]);
  expect(await query(server.url, 'SELECT * FROM outbox')).toEqual([]);
  expect(await query(server.url, 'SELECT * FROM events')).toEqual([]);
  expect(await query(server.url, 'SELECT * FROM streams')).toEqual([]);
  expect(carrier.committed).toEqual([]);
});

test('a deadlock is tried again, and what it said is said once', async () => {
  const [a, b] = [await nodeRow(), await nodeRow()];
  let attempts = 0;
  let holding = 0;
  let meet: () => void = () => undefined;
  const bothHoldOne = new Promise<void>((resolve) => (meet = resolve));
  const crossing = (first: number, second: number, name: string) =>
    database.transaction(async (tx) => {
      attempts += 1;
      await rename(tx, first, `${name}1`);
      holding += 1;
      if (holding === 2) {
        meet();
      }
      await bothHoldOne;
      await rename(tx, second, `${name}2`);
      tx.out.emit({ type: 'node.renamed', subject, data: { name } });
    });
  await Promise.all([crossing(a, b, 'x'), crossing(b, a, 'y')]);
  // Or more: the one that was broken off may be the quicker one again.
  expect(attempts).toBeGreaterThan(2);
  expect(await query(server.url, 'SELECT n FROM events ORDER BY n')).toEqual([
    { n: '1' },
    { n: '2' },
  ]);
});

test('a deadlock in raw SQL is tried again too', async () => {
  const [a, b] = [await nodeRow(), await nodeRow()];
  let attempts = 0;
  let holding = 0;
  let meet: () => void = () => undefined;
  const bothHoldOne = new Promise<void>((resolve) => (meet = resolve));
  const crossing = (first: number, second: number) =>
    database.transaction(async ({ sql }) => {
      attempts += 1;
      await sql.$executeRaw`UPDATE nodes SET failures = 1 WHERE id = ${first}`;
      holding += 1;
      if (holding === 2) {
        meet();
      }
      await bothHoldOne;
      await sql.$queryRaw`UPDATE nodes SET failures = 4 WHERE id = ${second} RETURNING id`;
    });
  await Promise.all([crossing(a, b), crossing(b, a)]);
  // Or more: the one that was broken off may be the quicker one again.
  expect(attempts).toBeGreaterThan(2);
});

test('any other error is thrown at once', async () => {
  let attempts = 0;
  const { uuid } = await insert(server.url, 'nodes', aNode());
  const failing = database.transaction(async ({ sql }) => {
    attempts += 1;
    await sql.node.create({ data: { uuid: String(uuid), cpus: 1, memoryMb: 1, localGb: 1 } });
  });
  await expect(failing).rejects.toSatisfy((error) => isUniqueViolation(error, 'uuid'));
  expect(attempts).toBe(1);
});

test('a violated partial unique index is told by its name, by Prisma and by raw SQL', async () => {
  const { uuid } = await insert(server.url, 'instances', anInstance());
  await insert(server.url, 'operations', anOperation({ instance_uuid: uuid }));
  const second = await insert(server.url, 'operations', anOperation());
  const id = String(second['id']);
  const index = 'operations_one_live_per_instance';
  const violates = (error: unknown): boolean =>
    isUniqueViolation(error, index) && !isUniqueViolation(error, 'operations_one_live_per_node');
  await expect(
    database.prisma.operation.update({ where: { id }, data: { instanceUuid: String(uuid) } }),
  ).rejects.toSatisfy(violates);
  await expect(
    database.prisma
      .$executeRaw`UPDATE operations SET instance_uuid = ${uuid}::uuid WHERE id = ${id}::uuid`,
  ).rejects.toSatisfy(violates);
  expect(isUniqueViolation(new Error('23505'), index)).toBe(false);
});

test('times are those of the database, whatever its zone', async () => {
  const [clock] = await database.prisma.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`;
  expect(Math.abs((clock?.now.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
  const at = new Date('2026-03-29T00:30:00.123Z');
  const { id, createdAt } = await database.prisma.node.create({
    data: { uuid: randomUUID(), cpus: 1, memoryMb: 1, localGb: 1, failedAt: at },
  });
  const [row] = await query(
    server.url,
    'SELECT failed_at, created_at, created_at <= clock_timestamp() AS past FROM nodes WHERE id = $1',
    [id],
  );
  expect(row).toEqual({ failed_at: at, created_at: createdAt, past: true });
  expect((await database.prisma.node.findUniqueOrThrow({ where: { id } })).failedAt).toEqual(at);
});

test("the URL's own session options neither replace ours nor get lost", async () => {
  const url = new URL(server.url);
  url.searchParams.set('options', '-c TimeZone=Asia/Kolkata -c work_mem=5MB');
  const theirs = new ModelDatabase({ url: url.href, poolSize: 1, applicationName: 'test' });
  try {
    const rows = await theirs.statement<{ name: string; setting: string }>(
      'settings',
      Prisma.sql`SELECT name, setting FROM pg_settings
        WHERE name IN ('TimeZone', 'work_mem', 'statement_timeout') ORDER BY name`,
    );
    expect(rows).toEqual([
      { name: 'TimeZone', setting: 'UTC' },
      { name: 'statement_timeout', setting: '30000' },
      { name: 'work_mem', setting: '5120' },
    ]);
  } finally {
    await theirs.close();
  }
});

test('a process that hangs in a transaction is ended by the server', async () => {
  const [row] = await database.prisma.$queryRaw<Record<string, string>[]>`
    SHOW idle_in_transaction_session_timeout`;
  expect(row).toEqual({ idle_in_transaction_session_timeout: '30s' });
});

test('reachable is a question with an end', async () => {
  expect(await database.isReachable(2000)).toBe(true);
  const nowhere = new ModelDatabase({
    url: 'postgresql://nobody@127.0.0.1:1/none',
    poolSize: 1,
    applicationName: 'test',
  });
  expect(await nowhere.isReachable(2000)).toBe(false);
  await nowhere.close();
});

test('connections that the server cut are replaced', async () => {
  await Promise.all([1, 2, 3].map(() => database.prisma.$executeRaw`SELECT pg_sleep(0.05)`));
  const cut = await query(
    server.url,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );
  expect(cut.length).toBeGreaterThan(1);
  await waitFor(() => database.isReachable(2000), { timeoutMs: 10_000, what: 'a new connection' });
  const id = await nodeRow();
  await database.transaction((tx) => rename(tx, id, 'after the cut'));
});

test.each<[string, (sql: ModelDatabase['prisma']) => Promise<unknown>, boolean]>([
  ['a NUL in text', (sql) => sql.node.findMany({ where: { name: 'a\0' } }), true],
  [
    'a NUL in JSON',
    (sql) => sql.node.findMany({ where: { pmOptions: { path: ['a'], equals: '\0' } } }),
    true,
  ],
  ['a number out of range', (sql) => sql.node.findMany({ where: { cpus: 2 ** 31 } }), true],
  ['what there is not', (sql) => sql.node.findUniqueOrThrow({ where: { id: 0 } }), false],
])('%s: whether no row can have it', async (_, work, unstorable) => {
  const error = await work(database.prisma).catch((caught: unknown) => caught);
  expect(isUnstorable(error)).toBe(unstorable);
});
