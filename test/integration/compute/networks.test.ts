import { randomUUID } from 'node:crypto';
import { flavorSnapshot } from '@metalcast/contracts';
import { readDeploymentSpecRows } from '@metalcast/db/deploy-helper';
import { allocatePort } from '@metalcast/db/network';
import { relationsOf } from '@metalcast/db/notifications';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withSurroundings } from '../../../services/api/src/compute/servers/server-rows.js';
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

test('the order of the networks is the order that was asked for, whichever port is older', async () => {
  const { prisma } = world.database;
  const { id: networkId } = await prisma.network.findFirstOrThrow({ where: { shared: true } });
  const own = await world.database.transaction(({ sql }) =>
    allocatePort(sql, { networkId, projectId: 'p1' }),
  );
  const { id: nodeId } = await prisma.node.findFirstOrThrow();
  await prisma.interface.create({ data: { nodeId, address: '52:54:00:00:99:01' } });
  const { instance } = await world.server('ordered');
  await prisma.instance.update({
    where: { uuid: instance.uuid },
    data: { requestedNetworks: [{ uuid: networkId }, { port: own.id }] },
  });
  await world.settle();
  const [made, older] = await prisma.port.findMany({
    where: { deviceId: instance.uuid },
    orderBy: { createdAt: 'desc' },
  });
  expect(older?.id).toBe(own.id);
  const node = await prisma.node.findUniqueOrThrow({ where: { id: nodeId } });
  const spec = await readDeploymentSpecRows(world.database, { nodeId, epoch: node.epoch });
  expect(spec?.ports.map(({ port }) => port.id)).toEqual([made?.id, own.id]);
  const active = await world.instance(instance.uuid);
  const { ports } = await relationsOf(world.database.sql, active);
  expect(ports.map(({ id }) => id)).toEqual([made?.id, own.id]);
  const [server] = await withSurroundings(world.database, [
    { ...active, flavor: flavorSnapshot.parse(active.flavor) },
  ]);
  expect(server?.ports.map(({ macAddress }) => macAddress)).toEqual([
    made?.macAddress,
    older?.macAddress,
  ]);
});
