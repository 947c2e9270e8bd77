// Work that waits for its turn at the pool of a database that answers is late, and has not failed.
import { Database, Prisma } from '@metalcast/db';
import { startDatabase, type TestDatabase } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

let server: TestDatabase;
let database: Database;
beforeAll(async () => {
  server = await startDatabase();
  database = new Database({ url: server.url, poolSize: 1, applicationName: 'test' });
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
