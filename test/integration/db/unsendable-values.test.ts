// A value that cannot be sent fails its statement alone: the next one under its name works, on the same connection.
import { Prisma, type QuickTx } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { startDatabase, type TestDatabase } from '@metalcast/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

let server: TestDatabase;
let database: ModelDatabase;

beforeEach(async () => {
  server = await startDatabase();
  database = new ModelDatabase({ url: server.url, poolSize: 1, applicationName: 'test' });
});
afterEach(async () => {
  await database.close();
  await server.close();
});

const echo = (value: unknown): Prisma.Sql =>
  Prisma.sql`/* prepared echo */ SELECT ${value}::text AS value`;
/** JSON has no word for it. */
const unsendable = { count: 1n };
const found = (value: string): object[] => [{ value }];

const ways: [string, (value: unknown) => Promise<unknown>][] = [
  ['alone', (value) => database.sql.$queryRaw(echo(value))],
  ['by name', (value) => database.statement('echo', echo(value))],
  ['in a transaction', (value) => quick(({ sql }) => sql.$queryRaw(echo(value)))],
  [
    'as the last of a transaction',
    (value) => quick(async ({ finish }) => [await finish(() => echo(value))]),
  ],
];

const quick = (work: (tx: QuickTx) => Promise<unknown>): Promise<unknown> =>
  database.quickTransaction(work);

test.each(ways)('%s', async (_, run) => {
  await expect(run(unsendable)).rejects.toThrow(/BigInt/);
  expect(await run('one')).toEqual(found('one'));
  await expect(run(unsendable)).rejects.toThrow(/BigInt/);
  expect(await run('two')).toEqual(found('two'));
});

test('in the transaction that it would have been part of no other goes on', async () => {
  const both = quick(async ({ sql }) => {
    await sql.$queryRaw(echo(unsendable)).catch(() => undefined);
    return sql.$queryRaw(echo('after'));
  });
  expect(await both).toEqual(found('after'));
});
