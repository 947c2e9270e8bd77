// A scheduler knows a node's firmware from the last ramdisk that told it, with the rights that it has.
import { randomUUID } from 'node:crypto';
import { Database } from '@metalcast/db';
import { ModelDatabase } from '@metalcast/db/models';
import { readNodesPage } from '@metalcast/db/scheduler';
import { startDatabase, type TestDatabase } from '@metalcast/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { enrol } from './rows.js';

let rows: TestDatabase;
let everyone: ModelDatabase;
let own: Database;
beforeAll(async () => {
  rows = await startDatabase();
  everyone = new ModelDatabase({ url: rows.url, poolSize: 2, applicationName: 'test' });
  const url = rows.urlOf('scheduler');
  own = new Database({ url, poolSize: 2, applicationName: 'scheduler', service: 'scheduler' });
});
afterAll(async () => {
  await Promise.all([everyone.close(), own.close()]);
  await rows.close();
});

test('the last deployment that knew it counts', async () => {
  const [told, silent] = await enrol(everyone, 2);
  const { id: nodeId } = await everyone.prisma.node.findUniqueOrThrow({ where: { uuid: told! } });
  const inventories = [{ firmware: 'bios' }, { firmware: 'uefi' }, {}];
  await everyone.prisma.deployment.createMany({
    data: inventories.map((inventory, epoch) => ({
      ...{ nodeId, epoch, bootTry: 1, nonceHash: randomUUID(), inventory },
    })),
  });
  const read = await readNodesPage(own, 0, 10);
  expect(read.find(({ uuid }) => uuid === told)).toMatchObject({ firmware: 'uefi' });
  expect(read.find(({ uuid }) => uuid === silent)).toMatchObject({ firmware: null });
});

test('it may read what an image is', async () => {
  const id = randomUUID();
  await everyone.prisma.image.create({ data: { id, owner: 'p', virtualSize: 3n } });
  const found = await own.sql.$queryRaw`
    SELECT id, properties, virtual_size, facts FROM images WHERE id = ${id}::uuid`;
  expect(found).toMatchObject([{ id, facts: null }]);
});
