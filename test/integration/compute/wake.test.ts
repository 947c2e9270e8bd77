import { nodeEvents } from '@metalcast/contracts';
import type { Node } from '@metalcast/db';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { conditions, wakingEvents } from '../../../services/compute/src/engine/waits/conditions.js';
import { World } from './world.js';

const doubtMs = 60_000;
const milestoneMs = 200_000;

let world: World;
beforeAll(async () => {
  world = await World.open({
    METALCAST_DOUBT_TIMEOUT_MS: String(doubtMs),
    METALCAST_MILESTONE_TIMEOUT_MS: String(milestoneMs),
    // So that the next look is at the time limit.
    METALCAST_RECAST_MS: '3600000',
  });
  await world.network();
  await world.heartbeats('boot');
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

/** The time at which compute looks again at the operation. */
const deadlineOf = async (operation: string): Promise<Date> =>
  (await world.operation(operation)).deadlineAt!;

const after = (time: Date | null, ms: number): Date => new Date(time!.getTime() + ms);

const bootOf = ({ id: nodeId, epoch }: Node) =>
  world.database.prisma.boot.findFirstOrThrow({ where: { nodeId, epoch } });

/** A node is to load its ramdisk, and a packet in its name says that it can't. */
async function doubted(name: string): Promise<{ operation: string; held: Node }> {
  await world.node(name);
  const { operation } = await world.server(name);
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
  return { operation: operation.id, held };
}

test('firmware without a loader is named soon, and does not count against the node', async () => {
  const { operation, held } = await doubted('arm');
  const { noLoaderAt } = await bootOf(held);
  expect(await world.operation(operation)).toMatchObject({ undoing: false });
  expect(await deadlineOf(operation)).toEqual(after(noLoaderAt, doubtMs));
  await world.passTime();
  expect(await world.operation(operation)).toMatchObject({
    undoing: true,
    fault: {
      code: 'BOOT_UNSUPPORTED_FIRMWARE',
      message: expect.stringContaining('64-bit ARM UEFI') as unknown,
    },
  });
  expect(await world.nodeNow(held)).toMatchObject({ failures: 0 });
});

test('a node that boots all the same is not doubted any more', async () => {
  const { operation, held } = await doubted('spoofed');
  const mac = '52:54:00:00:00:01';
  await world.emit('bootDhcp', held, { mac });
  const script = { mac, loader: 'ipxe', mode: 'deploy', boot_try: 1 } as const;
  await world.emit('bootScript', held, script);
  await world.passDeadline(operation);
  expect(await world.operation(operation)).toMatchObject({ undoing: false });
  // Another such packet neither shortens the wait of a node that has its script, nor outlasts its next milestone.
  const seen = { mac, firmware: '64-bit ARM UEFI' };
  await world.tell('bootUnsupportedFirmware', held, seen);
  const { scriptAt } = await bootOf(held);
  expect(await deadlineOf(operation)).toEqual(after(scriptAt, milestoneMs));
  await world.emit('bootKernel', held, { mac });
  await world.passTime();
  expect(await world.operation(operation)).toMatchObject({ fault: { code: 'BOOT_NO_RAMDISK' } });
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

test("another DHCP server's offer that the node has taken is named soon", async () => {
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
  const { foreignDhcpAt } = await bootOf(node);
  expect(await deadlineOf(operation.id)).toEqual(after(foreignDhcpAt, doubtMs));
  await world.passTime();
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
