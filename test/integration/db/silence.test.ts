import { Prisma, isDatabaseAway } from '@metalcast/db';
import { ModelDatabase, type Tx } from '@metalcast/db/models';
import { startDatabase, waitFor, type TestDatabase } from '@metalcast/testing';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TcpProxy } from '../tcp-proxy.js';
import { query } from './query.js';
import { aNode, insert } from './rows.js';

let server: TestDatabase;
let proxy: TcpProxy;
let database: ModelDatabase;
beforeEach(async () => {
  server = await startDatabase();
  proxy = await TcpProxy.before(new URL(server.url));
  const url = new URL(server.url);
  url.hostname = '127.0.0.1';
  url.port = String(proxy.port);
  database = new ModelDatabase({ url: url.href, poolSize: 4, applicationName: 'test' });
});
afterEach(async () => {
  await database.close();
  await proxy.close();
  await server.close();
});

const outcome = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'done',
    (error: unknown) => (isDatabaseAway(error) ? 'away' : String(error)),
  );
/** By Prisma in a transaction and alone, and past it. */
const sleepers = (seconds: number): Promise<unknown[]> =>
  Promise.all([
    outcome(database.transaction(({ sql }) => sql.$executeRaw`SELECT pg_sleep(${seconds})`)),
    outcome(database.prisma.$executeRaw`SELECT pg_sleep(${seconds})`),
    outcome(database.statement('sleep', Prisma.sql`SELECT pg_sleep(${seconds})`)),
  ]);
const asleep = (): Promise<unknown> =>
  waitFor(
    async () => {
      const sleeping = await query(
        server.url,
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'",
      );
      return sleeping.length === 3 ? true : undefined;
    },
    { timeoutMs: 10_000, what: 'three statements under way' },
  );

test('a statement whose server ends the connection without a word found the database away', async () => {
  const slept = sleepers(20);
  await asleep();
  proxy.hangUp();
  expect(await slept).toEqual(['away', 'away', 'away']);
});

test('a connection that is lost between two statements of a transaction ends that transaction alone', async () => {
  const lost = database.quickTransaction(async ({ sql }) => {
    const [row] = await sql.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
    await query(server.url, `SELECT pg_terminate_backend(${String(row?.pid)})`);
    const left = `SELECT 1 FROM pg_stat_activity WHERE pid = ${String(row?.pid)}`;
    await waitFor(async () => (await query(server.url, left)).length === 0, {
      timeoutMs: 10_000,
      what: 'the session to end',
    });
    await sql.$queryRaw`SELECT 1`;
  });
  expect(await outcome(lost)).toBe('away');
  expect(await outcome(database.statement('one', Prisma.sql`SELECT 1`))).toBe('done');
});

test('a statement whose server has gone silent ends, and so do those that follow on its connection', async () => {
  const slept = sleepers(20);
  await asleep();
  proxy.mute();
  expect(await slept).toEqual(['away', 'away', 'away']);
  expect(await sleepers(0.01)).toEqual(['done', 'done', 'done']);
}, 90_000);

test('a statement that the server broke off for its length may be tried again', async () => {
  const [limit] = await database.prisma.$queryRaw<object[]>`SHOW statement_timeout`;
  expect(limit).toEqual({ statement_timeout: '30s' });
  const { id } = await insert(server.url, 'nodes', aNode());
  const holder = new pg.Client({ connectionString: server.url });
  await holder.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT FROM nodes WHERE id = $1 FOR UPDATE', [id]);
  const brief = (work: (tx: Tx) => Promise<unknown>): Promise<unknown> =>
    outcome(
      database.transaction(async (tx) => {
        await tx.sql.$executeRaw`SET LOCAL statement_timeout = 50`;
        return work(tx);
      }),
    );
  expect([
    await brief(({ sql }) => sql.node.update({ where: { id: Number(id) }, data: { name: 'a' } })),
    await brief(({ sql }) => sql.$executeRaw`UPDATE nodes SET name = 'b' WHERE id = ${Number(id)}`),
  ]).toEqual(['away', 'away']);
  await holder.end();
});

test('a database that cannot be reached is away, however it is asked', async () => {
  const url = 'postgresql://nobody@127.0.0.1:1/none';
  const nowhere = new ModelDatabase({ url, poolSize: 1, applicationName: 'test' });
  expect([
    await outcome(nowhere.prisma.node.count()),
    await outcome(nowhere.prisma.$queryRaw`SELECT 1`),
    await outcome(nowhere.transaction(({ sql }) => sql.node.count())),
    await outcome(nowhere.statement('one', Prisma.sql`SELECT 1`)),
  ]).toEqual(['away', 'away', 'away', 'away']);
  await nowhere.close();
});

test.each([
  ['53100', 'a full disk'],
  ['53200', 'no memory'],
  ['58030', 'a disk that fails'],
  ['55P03', 'a lock that is not to be had'],
  ['25006', 'a server that only reads, as a standby does'],
])('a database that refuses to write for %s, %s, may take it later', async (state) => {
  const refuse = Prisma.raw(`DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '${state}'; END $$`);
  expect([
    await outcome(database.prisma.$executeRaw(refuse)),
    await outcome(database.transaction(({ sql }) => sql.$executeRaw(refuse))),
    await outcome(database.statement('refuse', refuse)),
  ]).toEqual(['away', 'away', 'away']);
});

test('a transaction that took longer than Prisma lets it may be tried again', async () => {
  const late = database.prisma.$transaction(
    async (tx) => {
      await tx.$executeRaw`SELECT pg_sleep(0.2)`;
      await tx.$executeRaw`SELECT 1`;
    },
    { timeout: 50 },
  );
  expect(await outcome(late)).toBe('away');
});
