import type { Instance, Node } from '@metalcast/db';
import { requestAction } from '@metalcast/db/api';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { World, type Others } from './world.js';

const requester = { requestId: 'req-reboot', projectId: 'p1', userId: 'u1' };

let world: World;
let node: Node;
let instance: Instance;
beforeAll(async () => {
  world = await World.open();
  await world.network();
  node = await world.node('one');
  const server = await world.server('web');
  await world.settle();
  instance = await world.instance(server.instance.uuid);
});
afterAll(() => world.close());

beforeEach(async () => {
  world.bootDevices.length = 0;
  world.notifications.length = 0;
  await world.database.prisma.instance.update({
    where: { uuid: instance.uuid },
    data: { vmState: 'active', taskState: null },
  });
});

async function ask(type: 'soft' | 'hard'): Promise<string> {
  const action = type === 'hard' ? 'rebootHard' : 'rebootSoft';
  const { id } = await world.database.transaction(({ sql }) =>
    requestAction(sql, instance.uuid, action, requester),
  );
  return id;
}

async function reboot(type: 'soft' | 'hard', others: Others = {}): Promise<string> {
  const id = await ask(type);
  await world.engine.advance({ operation: id });
  await world.settle(others);
  return id;
}

const told = (): string[] =>
  world.notifications
    .filter(({ queue }) => queue.startsWith('versioned'))
    .map(({ event_type: type }) => type);

const serverNow = () => world.instance(instance.uuid);
const nodeNow = () => world.nodeNow(node);

test('a soft one asks the system first, then the BMC; node and epoch stay', async () => {
  const { epoch } = await nodeNow();
  const id = await reboot('soft');
  expect(world.bootDevices).toEqual(['soft-off null', 'cycle disk']);
  expect(await world.operation(id)).toMatchObject({ state: 'succeeded' });
  expect(await serverNow()).toMatchObject({ vmState: 'active', taskState: null, fault: null });
  expect(await nodeNow()).toMatchObject({ taskState: 'active', epoch, operationId: null });
  expect(told()).toEqual(['instance.reboot.start', 'instance.reboot.end']);
});

test('a hard one asks the BMC alone', async () => {
  await reboot('hard');
  expect(world.bootDevices).toEqual(['cycle disk']);
  expect(await serverNow()).toMatchObject({ vmState: 'active', taskState: null });
});

test('a system that does not shut down is switched off', async () => {
  const id = await reboot('soft', {
    power: (target) => (target === 'soft-off' ? 'POWER_NO_CHANGE' : undefined),
  });
  expect(world.bootDevices).toEqual(['soft-off null', 'cycle disk']);
  expect(await world.operation(id)).toMatchObject({ state: 'succeeded' });
});

test('a hard one over a soft one that hangs: the same reboot goes on at once', async () => {
  const id = await reboot('soft', {
    power: (target) => (target === 'soft-off' ? 'silent' : undefined),
  });
  expect(await world.operation(id)).toMatchObject({ state: 'waiting', step: 'softOff' });
  expect(await ask('hard')).toBe(id);
  await world.engine.advance({ operation: id });
  await world.settle();
  expect(await world.operation(id)).toMatchObject({ state: 'succeeded' });
  expect(await serverNow()).toMatchObject({ vmState: 'active', taskState: null });
});

test.each([
  ['soft over soft', 'soft', 'soft'],
  ['soft over hard', 'hard', 'soft'],
  ['hard over hard', 'hard', 'hard'],
] as const)('%s is refused', async (_, first, second) => {
  const id = await reboot(first, { power: () => 'silent' });
  await expect(ask(second)).rejects.toMatchObject({
    code: 'INVALID_STATE',
    message: expect.stringContaining(`task_state rebooting`) as string,
  });
  await world.passDeadline(id);
  await world.settle();
  expect(await world.operation(id)).toMatchObject({ state: 'succeeded' });
});

test('a BMC that refuses: a server that is not known to run is in error, and may be rebooted again', async () => {
  const id = await reboot('hard', { power: () => 'POWER_REFUSED' });
  expect(await world.operation(id)).toMatchObject({ state: 'failed' });
  expect(await serverNow()).toMatchObject({
    vmState: 'error',
    taskState: null,
    fault: { code: 'POWER_REFUSED' },
  });
  expect(told()).toEqual(['instance.reboot.start', 'instance.reboot.error']);
  expect(await nodeNow()).toMatchObject({ taskState: 'active', operationId: null });
  await reboot('hard');
  expect(await serverNow()).toMatchObject({ vmState: 'active', fault: null });
});

test('deleted while it reboots, the node is switched off and free', async () => {
  const id = await reboot('soft', { power: () => 'silent' });
  await world.delete(instance);
  await world.engine.advance({ instance: instance.uuid });
  await world.settle();
  expect(await world.operation(id)).toMatchObject({ state: 'cancelled' });
  expect(await serverNow()).toMatchObject({ vmState: 'deleted' });
  expect(world.bootDevices.at(-1)).toBe('off null');
  expect(await nodeNow()).toMatchObject({ taskState: 'deleted', instanceUuid: null });
  await expect(ask('hard')).rejects.toMatchObject({ code: 'INVALID_STATE' });
});
