// Work that waits for its turn at the pool of a database that answers is late, and has not failed.
import { Prisma } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { startDatabase, type TestDatabase } from '@metalcast/testing';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';

class Watched extends ModelDatabase {
  /** Statements that wait for a connection. */
  get waiting(): number {
    return this.pool.waitingCount;
  }
}

let server: TestDatabase;
let database: Watched;
beforeAll(async () => {
  server = await startDatabase();
  database = new Watched({ url: server.url, poolSize: 1, applicationName: 'test' });
});
afterAll(async () => {
  await database.close();
  await server.close();
});

const sleep = (seconds: number): Promise<unknown> =>
  database.statement('sleep', Prisma.sql`SELECT pg_sleep(${seconds})`);

test('a line of more than ten seconds fails nobody: statements, transactions, models', async () => {
  const line = Array.from({ length: 24 }, () => sleep(0.5));
  const last = [
    database.statement('one', Prisma.sql`SELECT 1`),
    database.quickTransaction(({ sql }) => sql.$queryRaw(Prisma.sql`SELECT 1`)),
    database.transaction(({ sql }) => sql.$queryRaw`SELECT 1`),
    database.prisma.node.count(),
  ];
  await expect(Promise.all([...line, ...last])).resolves.toBeDefined();
}, 60_000);

test('a database that works off a line is reachable', async () => {
  const line = Array.from({ length: 20 }, () => sleep(0.1));
  expect(await database.isReachable(500)).toBe(true);
  await Promise.all(line);
  // Behind the question itself.
  await sleep(0);
});

test('one whose connection does not come back is not', async () => {
  const slow = sleep(1);
  expect(await database.isReachable(200)).toBe(false);
  await slow;
});

test('of one that hangs only one question waits, however often it is probed', async () => {
  // Behind the question of before.
  await sleep(0);
  const holder = new pg.Client({ connectionString: server.url });
  await holder.connect();
  await holder.query('SELECT pg_advisory_lock(1)');
  const hanging = database.statement('lock', Prisma.sql`SELECT pg_advisory_xact_lock(1)`);
  for (let probe = 0; probe < 3; probe += 1) {
    expect(await database.isReachable(50)).toBe(false);
  }
  expect(database.waiting).toBe(1);
  await holder.end();
  await hanging;
  expect(await database.isReachable(2000)).toBe(true);
});
