import { randomUUID } from 'node:crypto';
import { Prisma } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { imageStates, type ImageEvent, type ImageStatus } from '@metalcast/domain';
import { startDatabase, type TestDatabase } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { moveImages } from '../../../services/api/src/image/store/move-images.js';

let testDatabase: TestDatabase;
let database: ModelDatabase;
beforeAll(async () => {
  testDatabase = await startDatabase();
  database = new ModelDatabase({
    url: testDatabase.url,
    poolSize: 2,
    applicationName: 'test-images',
  });
});
afterAll(async () => {
  await database.close();
  await testDatabase.close();
});

const bytes = { size: 1, virtualSize: 5_000_000_000, sha256: 'a', checksum: 'b', facts: null };

async function anImage(status: ImageStatus): Promise<string> {
  const id = randomUUID();
  await database.prisma.image.create({
    data: { id, status, owner: 'p1', visibility: 'shared' },
  });
  return id;
}

const events = new Set(
  imageStates.states.flatMap((state) => Object.keys(imageStates.table[state].on) as ImageEvent[]),
);
const cases = imageStates.states.flatMap((from) => [...events].map((event) => ({ from, event })));

test.each(cases)('$event of an image that is $from: as the table says', async ({ from, event }) => {
  const { prisma } = database;
  const id = await anImage(from);
  const other = await anImage(from);
  const to = imageStates.next(from, event);
  const moved = await moveImages(prisma, event, Prisma.sql`id = ${id}::uuid`);
  expect(moved).toEqual(to === undefined ? [] : [id]);
  expect(await prisma.image.findUniqueOrThrow({ where: { id } })).toMatchObject({
    status: to ?? from,
    sha256: null,
  });
  expect(await prisma.image.findUniqueOrThrow({ where: { id: other } })).toMatchObject({
    status: from,
  });
});

test('what it has when all its bytes are there is written with its status', async () => {
  const id = await anImage('saving');
  await moveImages(database.prisma, 'complete', Prisma.sql`id = ${id}::uuid`, bytes);
  expect(await database.prisma.image.findUniqueOrThrow({ where: { id } })).toMatchObject({
    status: 'active',
    ...{ size: 1n, virtualSize: 5_000_000_000n, sha256: 'a', checksum: 'b' },
  });
});
