import { nodeEvents } from '@metalcast/contracts';
import type { Node } from '@metalcast/db';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { conditions, wakingEvents } from '../../../services/compute/src/engine/waits/conditions.js';
import { World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await World.open();
  await world.network();
});
afterAll(() => world.close());

test('compute is woken by what ends a wait, and by nothing else', () => {
  expect(wakingEvents.toSorted()).toEqual([
    'agent.hello',
    'agent.leaving',
    'boot.failed',
    'boot.foreign_dhcp',
    'boot.local.dhcp',
    'boot.local.phone_home',
    'boot.loop',
    'boot.prepared',
    'boot.unsupported_firmware',
    'deploy.failed',
    'deploy.verified',
    'node.power.changed',
    'node.power.failed',
  ]);
});

test('each condition says which events may be news of it', () => {
  const deaf = Object.entries(conditions).filter(([, { events }]) => events.length === 0);
  // A claim comes with a cast.
  expect(deaf.map(([name]) => name)).toEqual(['claim']);
});

test('a milestone on the way opens no turn; how far the boot has come is read from its rows', async () => {
  const node = await world.node('slow');
  const { operation } = await world.server('slow');
  await world.settle({ ramdisk: () => 'silent' });
  const held = await world.nodeNow(node);
  expect((await world.operation(operation.id)).step).toBe('awaitRamdisk');
  const advance = vi.spyOn(world.engine, 'advance');
  const mac = '52:54:00:00:00:01';
  await world.tell('bootKernel', held, { mac });
  await world.tell('bootDhcp', held, { mac });
  expect(advance).not.toHaveBeenCalled();
  await world.tell('bootLoop', held, { mac, tries: 4 });
  expect(advance).toHaveBeenCalledWith({ node: held.uuid });
  advance.mockRestore();
  expect(await world.operation(operation.id)).toMatchObject({
    undoing: true,
    lastMilestone: nodeEvents.bootKernel.type,
  });
});

/** The node that the operation works on. */
async function nodeOf(operation: string): Promise<Node> {
  const { nodeId } = await world.operation(operation);
  return world.database.prisma.node.findUniqueOrThrow({ where: { id: nodeId! } });
}

test('firmware without a loader ends the wait at once', async () => {
  await world.node('arm');
  const { operation } = await world.server('arm');
  await world.settle({ ramdisk: () => 'silent' });
  const held = await nodeOf(operation.id);
  const { id: nodeId, epoch } = held;
  const noLoaderFor = '64-bit ARM UEFI';
  await world.database.prisma.boot.updateMany({
    where: { nodeId, epoch },
    data: { noLoaderFor },
  });
  const data = { mac: '52:54:00:00:00:01', firmware: noLoaderFor };
  await world.tell('bootUnsupportedFirmware', held, data);
  const { undoing, fault } = await world.operation(operation.id);
  expect(undoing).toBe(true);
  expect(fault).toMatchObject({
    code: 'BOOT_UNSUPPORTED_FIRMWARE',
    message: expect.stringContaining(noLoaderFor) as unknown,
  });
});

test('a boot by a card without the address is named', async () => {
  await world.node('two-cards');
  const { operation } = await world.server('two-cards');
  await world.settle({ ramdisk: () => 'silent' });
  const { id: nodeId, epoch } = await nodeOf(operation.id);
  const [otherCard, servedCard] = ['52:54:00:00:00:32', '52:54:00:00:00:31'];
  const data = { otherCard, servedCard, otherCardAt: new Date() };
  await world.database.prisma.boot.updateMany({ where: { nodeId, epoch }, data });
  await world.passTime();
  const { fault } = await world.operation(operation.id);
  expect(fault).toMatchObject({
    code: 'BOOT_OTHER_CARD',
    details: { card: otherCard, served: servedCard },
  });
});

test("another DHCP server's offer that the node has taken ends the wait at once, by name", async () => {
  const enrolled = await world.node('misled');
  const { operation } = await world.server('misled');
  await world.settle({ ramdisk: () => 'silent' });
  const { nodeId } = await world.operation(operation.id);
  const node = await world.database.prisma.node.findUniqueOrThrow({ where: { id: nodeId! } });
  const mac = '52:54:00:00:00:03';
  const address = '10.9.0.214';
  await world.tell('bootDhcp', node, { mac });
  await world.database.prisma.boot.updateMany({
    where: { nodeId: node.id },
    data: { foreignAddress: address },
  });
  await world.tell('bootForeignDhcp', node, { mac, address });
  expect(await world.operation(operation.id)).toMatchObject({
    undoing: true,
    lastMilestone: nodeEvents.bootDhcp.type,
    fault: {
      code: 'BOOT_FOREIGN_DHCP',
      message: `Node ${node.uuid} took the address ${address} from another DHCP server; last seen: it asked for an address at ${await dhcpTime(node)}.`,
    },
  });
  // Any node on that network would have met the same.
  expect(await world.nodeNow(enrolled)).toMatchObject({ failures: 0 });
});

const dhcpTime = async ({ id: nodeId }: Node): Promise<string> =>
  (await world.database.prisma.boot.findFirstOrThrow({ where: { nodeId } })).dhcpAt!.toISOString();

test('after a silence the fault names the furthest milestone, not the newest', async () => {
  await world.node('silent');
  const { operation } = await world.server('silent');
  await world.settle({ ramdisk: () => 'silent' });
  const node = await nodeOf(operation.id);
  const mac = '52:54:00:00:00:02';
  await world.tell('bootRamdisk', node, { mac });
  await world.tell('bootKernel', node, { mac });
  await world.heartbeats('deploy-helper');
  await world.passTime();
  expect(await world.operation(operation.id)).toMatchObject({
    undoing: true,
    fault: { code: 'AGENT_SILENT' },
  });
});
