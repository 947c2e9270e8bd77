import { isDataException, isDatabaseAway } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { startDatabase, type TestDatabase } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

let server: TestDatabase;
let database: ModelDatabase;
beforeAll(async () => {
  server = await startDatabase();
  database = new ModelDatabase({ url: server.url, poolSize: 2, applicationName: 'test' });
});
afterAll(async () => {
  await database.close();
  await server.close();
});

test.each<[string, () => Promise<unknown>]>([
  ['a uuid that is none', () => database.prisma.node.findUnique({ where: { uuid: 'n1' } })],
  ['a NUL in a text', () => database.prisma.event.findFirst({ where: { subject: 'a\0b' } })],
  ['a number out of range', () => database.prisma.$queryRaw`SELECT 100000::int2`],
  ['text that is no number', () => database.prisma.$queryRaw`SELECT ${'x'}::text::int`],
])('%s is not the database being away: it fails at every try', async (_, ask) => {
  const error: unknown = await ask().catch((thrown: unknown) => thrown);
  expect([isDataException(error), isDatabaseAway(error)]).toEqual([true, false]);
});

test('what is no error of the database is none of its data', () => {
  expect([new Error('22021'), undefined, { code: '22021' }].map(isDataException)).toEqual([
    false,
    false,
    false,
  ]);
});
