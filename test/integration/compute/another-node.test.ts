import type { Node } from '@metalcast/db';
import type { FaultCode, FaultRecord } from '@metalcast/domain';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { World, type Others } from './world.js';

let world: World;
let nodes: Node[];
beforeEach(async () => {
  world = await World.open();
  await world.network();
  nodes = [];
  for (const name of ['one', 'two', 'three', 'four']) {
    nodes.push(await world.node(name));
  }
});
afterEach(() => world.close());

const cycle =
  (code: FaultCode): NonNullable<Others['power']> =>
  (target) =>
    target === 'cycle' ? code : undefined;

async function forcedServer(): Promise<Awaited<ReturnType<World['server']>>> {
  const server = await world.server('forced');
  await world.database.prisma.instance.update({
    where: { uuid: server.instance.uuid },
    data: { forcedNode: 'one' },
  });
  return server;
}

async function serverForcedByCaller(): Promise<Awaited<ReturnType<World['server']>>> {
  const server = await world.server('forced');
  await world.database.prisma.operation.update({
    where: { id: server.operation.id },
    data: { filterProperties: { force_nodes: ['one'] } },
  });
  return server;
}

const tries = (operationId: string, step: string): Promise<number> =>
  world.database.prisma.operationStep.count({ where: { operationId, step, undo: false } });

/** Its states, as they were told. */
const statesOf = async ({ uuid }: Node): Promise<string[]> => {
  const where = { subject: uuid, type: 'node.state' };
  const events = await world.database.prisma.event.findMany({ where, orderBy: { n: 'asc' } });
  return events.map(({ data }) => (data as { to: string }).to);
};

test('refused power on, the build goes on elsewhere; nothing of it stays with the first node', async () => {
  const bad = nodes[0]!;
  const { instance, operation } = await world.server('web');
  await world.settle({
    power: (target, { id }) => (target === 'cycle' && id === bad.id ? 'POWER_REFUSED' : undefined),
  });
  expect(await world.instance(instance.uuid)).toMatchObject({
    vmState: 'active',
    node: nodes[1]!.uuid,
    fault: null,
  });
  expect(await world.operation(operation.id)).toMatchObject({ state: 'succeeded', attempt: 2 });
  const { type } = await world.database.prisma.event.findFirstOrThrow({
    where: { subject: instance.uuid, type: { in: ['instance.rescheduled', 'instance.active'] } },
    orderBy: { n: 'asc' },
  });
  expect(type).toBe('instance.rescheduled');
  expect(await world.nodeNow(bad)).toMatchObject({
    taskState: 'deleted',
    instanceUuid: null,
    operationId: null,
    bootMode: 'none',
  });
  const { prisma } = world.database;
  const off = { nodeId: bad.id, target: 'off', state: 'succeeded' };
  expect(await prisma.powerCommand.count({ where: off })).toBe(1);
  expect(await prisma.interface.findMany({ where: { nodeId: bad.id } })).toMatchObject([
    { vifUuid: null },
  ]);
  expect(await prisma.port.findMany()).toMatchObject([
    { deviceId: instance.uuid, reservedFor: null },
  ]);
});

test('a target that refuses the helper: deploy failed, then another node', async () => {
  const bad = nodes[0]!;
  const { instance } = await world.server('web');
  await world.settle({ deploy: ({ id }) => (id === bad.id ? 'TARGET_REFUSED' : undefined) });
  expect(await world.instance(instance.uuid)).toMatchObject({
    vmState: 'active',
    node: nodes[1]!.uuid,
  });
  expect(await statesOf(bad)).toEqual(['deploying', 'deploy failed', 'deleted']);
});

test('networks without an address to boot with: no other node is tried, none is blamed', async () => {
  const { instance, operation } = await world.server('web');
  await world.settle({ boot: () => 'BOOT_NO_ADDRESS' });
  expect(await world.instance(instance.uuid)).toMatchObject({
    vmState: 'error',
    fault: { code: 'BOOT_NO_ADDRESS' },
  });
  expect((await world.operation(operation.id)).attempt).toBe(1);
  expect(await world.nodeNow(nodes[0]!)).toMatchObject({ failures: 0, instanceUuid: null });
  expect(await world.nodeNow(nodes[1]!)).toMatchObject({ epoch: 0 });
});

test('bad nodes all: three are tried, each is named, the fourth is left alone', async () => {
  const { instance, operation } = await world.server('web');
  await world.settle({ power: cycle('POWER_REFUSED') });
  const { vmState, fault } = await world.instance(instance.uuid);
  expect(vmState).toBe('error');
  const { code, message } = fault as unknown as FaultRecord;
  expect(code).toBe('RETRIES_EXHAUSTED');
  expect(message).toContain(`Exceeded max scheduling attempts 3 for instance ${instance.uuid}`);
  expect(
    ['one', 'two', 'three', 'four'].filter((name) => message.includes(`${name}: POWER`)),
  ).toEqual(['one', 'two', 'three']);
  expect((await world.operation(operation.id)).attempt).toBe(3);
  expect(await world.nodeNow(nodes[3]!)).toMatchObject({ epoch: 0, failures: 0 });
});

test.each([
  ['its administrator', forcedServer],
  ['a foreign caller', serverForcedByCaller],
])('forced onto a bad node by %s: one try, and the fault is the node’s own', async (_, asked) => {
  const { instance, operation } = await asked();
  await world.settle({ power: cycle('POWER_REFUSED') });
  expect(await world.instance(instance.uuid)).toMatchObject({
    vmState: 'error',
    node: null,
    fault: { code: 'POWER_REFUSED', details: { node: nodes[0]!.uuid } },
  });
  expect(await world.operation(operation.id)).toMatchObject({ state: 'failed', attempt: 1 });
  expect(await world.nodeNow(nodes[0]!)).toMatchObject({ failures: 1, instanceUuid: null });
  for (const other of nodes.slice(1)) {
    expect(await world.nodeNow(other)).toMatchObject({ epoch: 0 });
  }
});

test('nor is the forced node tried twice for what may pass; its undo is', async () => {
  const { instance, operation } = await forcedServer();
  let offs = 0;
  await world.settle({
    power: (target) =>
      target === 'cycle' || (target === 'off' && ++offs === 1) ? 'POWER_NO_TOOL' : undefined,
  });
  expect(await world.instance(instance.uuid)).toMatchObject({
    vmState: 'error',
    fault: { code: 'POWER_NO_TOOL' },
  });
  expect(await tries(operation.id, 'powerCycleToNetwork')).toBe(1);
  expect(offs).toBe(2);
  expect(await world.nodeNow(nodes[0]!)).toMatchObject({ taskState: 'deleted', failures: 0 });
});

test('what may pass is tried twice on each of three nodes, and each is named', async () => {
  const { instance, operation } = await world.server('web');
  await world.settle({ power: cycle('POWER_NO_TOOL') });
  expect(await tries(operation.id, 'powerCycleToNetwork')).toBe(6);
  const { vmState, fault } = await world.instance(instance.uuid);
  const { code, message } = fault as unknown as FaultRecord;
  expect([vmState, code]).toEqual(['error', 'RETRIES_EXHAUSTED']);
  for (const node of nodes.slice(0, 3)) {
    expect(message).toContain(`${node.name}: POWER_NO_TOOL`);
    // It is none of the node's doing.
    expect(await world.nodeNow(node)).toMatchObject({ taskState: 'deleted', failures: 0 });
  }
});

test('what passes on the second node: the server is active there', async () => {
  const { instance } = await world.server('web');
  await world.settle({ deploy: ({ id }) => (id === nodes[0]!.id ? 'INTERNAL' : undefined) });
  expect(await world.instance(instance.uuid)).toMatchObject({
    vmState: 'active',
    node: nodes[1]!.uuid,
  });
});

test('a corrupt image is not carried from node to node', async () => {
  const { instance, operation } = await world.server('web');
  await world.settle({ deploy: () => 'IMAGE_CORRUPT' });
  expect(await world.instance(instance.uuid)).toMatchObject({ fault: { code: 'IMAGE_CORRUPT' } });
  expect(await world.operation(operation.id)).toMatchObject({ attempt: 1 });
});

test('where nobody can even put the node back, no further node is left behind', async () => {
  const { instance } = await world.server('web');
  await world.settle({ power: () => 'POWER_NO_TOOL' });
  expect(await world.instance(instance.uuid)).toMatchObject({
    vmState: 'error',
    fault: { code: 'POWER_NO_TOOL' },
  });
  expect(await world.nodeNow(nodes[0]!)).toMatchObject({ taskState: 'error' });
  expect(await world.nodeNow(nodes[1]!)).toMatchObject({ epoch: 0 });
});
