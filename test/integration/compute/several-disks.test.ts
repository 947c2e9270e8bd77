import type { Node } from '@metalcast/db';
import { deploymentState } from '@metalcast/domain';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deliver } from './deliver.js';
import { World } from './world.js';

let world: World;
let node: Node;
beforeEach(async () => {
  world = await World.open();
  await world.network();
  node = await world.node('one');
});
afterEach(() => world.close());

/** Builds a server on a machine with so many disks; what the BMC was asked for after the image was written. */
async function build(disks: number) {
  const { instance } = await world.server('web');
  await world.settle({ deploy: () => 'silent' });
  await world.database.prisma.deployment.updateMany({ data: { disks } });
  const asked = world.bootDevices.length;
  await world.deployments.bring(await world.nodeNow(node), deploymentState.verified);
  await deliver(world);
  expect(await world.instance(instance.uuid)).toMatchObject({ vmState: 'active' });
  return { instance, devices: world.bootDevices.slice(asked) };
}

test('one disk: the BMC is told to start from the disk', async () => {
  expect((await build(1)).devices).toContain('keep disk');
});

test('several disks: from the network, where it is told which one; never from what the BMC calls the disk', async () => {
  const { devices } = await build(2);
  expect(devices).toContain('keep network');
  expect(devices.filter((device) => device.endsWith(' disk'))).toEqual([]);
});

test('a free node tells whose data its disks hold', async () => {
  const { instance } = await build(1);
  await world.database.prisma.node.update({
    where: { id: node.id },
    data: { dataOf: [instance.uuid] },
  });
  await world.delete(instance);
  await world.settle();
  expect(await world.nodeNow(node)).toMatchObject({ dataOf: [instance.uuid], instanceUuid: null });
  const told = await world.database.prisma.event.findMany({ where: { type: 'node.unwiped' } });
  expect(told.map(({ data }) => data)).toEqual([{ instance_uuids: [instance.uuid] }]);
});
