import { randomUUID } from 'node:crypto';
import { allocatePort } from '@metalcast/db/network';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await World.open();
  await world.network();
  await world.node('one');
});
afterAll(() => world.close());

test('a server that names no network gets the one that its project sees', async () => {
  const foreign = { id: randomUUID(), name: 'foreign', projectId: 'p2', shared: false };
  await world.database.prisma.network.create({ data: foreign });
  const { instance } = await world.server('auto');
  await world.settle();
  expect(await world.instance(instance.uuid)).toMatchObject({ vmState: 'active', fault: null });
  await world.delete(await world.instance(instance.uuid));
  await world.settle();
});

test('another project’s port is not plugged, whoever names it', async () => {
  const { prisma } = world.database;
  const { id: networkId } = await prisma.network.findFirstOrThrow({ where: { shared: true } });
  const port = await world.database.transaction(({ sql }) =>
    allocatePort(sql, { networkId, projectId: 'p2' }),
  );
  const { instance } = await world.server('thief');
  await prisma.instance.update({
    where: { uuid: instance.uuid },
    data: { requestedNetworks: [{ port: port.id }] },
  });
  await world.settle();
  expect(await world.instance(instance.uuid)).toMatchObject({
    vmState: 'error',
    fault: { code: 'NOT_FOUND', details: { what: 'Port', id: port.id } },
  });
  expect(await prisma.port.findMany()).toMatchObject([{ id: port.id, deviceId: '' }]);
});
