import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deploymentState, powerCommandState, type FaultRecord } from '@metalcast/domain';
import { World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await World.open();
  await world.network();
});
afterAll(() => world.close());

const fault = (value: unknown): FaultRecord => value as FaultRecord;

describe('a build', () => {
  test('ends active; its node is the server’s, its secrets are blanked', async () => {
    const node = await world.node('good');
    const { instance, operation } = await world.server('web1');
    await world.settle();
    expect(await world.operation(operation.id)).toMatchObject({ state: 'succeeded' });
    expect(await world.instance(instance.uuid)).toMatchObject({
      vmState: 'active',
      taskState: null,
      node: node.uuid,
      host: 'compute1',
      userData: null,
    });
    expect(await world.nodeNow(node)).toMatchObject({
      taskState: 'active',
      bootMode: 'local',
      operationId: null,
    });
    const steps = await world.database.prisma.operationStep.findMany({
      where: { operationId: operation.id },
      orderBy: { id: 'asc' },
    });
    expect(steps.map(({ step }) => step)).toEqual([
      'schedule',
      'allocateNetwork',
      'personalise',
      'prepareBoot',
      'powerCycleToNetwork',
      'awaitRamdisk',
      'writeImage',
      'setDiskBoot',
      'restartNode',
      'confirmPower',
      'awaitFirstBoot',
      'activate',
    ]);
    expect(steps.every(({ result }) => result === 'Success')).toBe(true);

    await world.delete(instance);
    await world.settle();
    expect(await world.instance(instance.uuid)).toMatchObject({ vmState: 'deleted' });
    expect(await world.nodeNow(node)).toMatchObject({
      taskState: 'deleted',
      instanceUuid: null,
      operationId: null,
      bootMode: 'none',
    });
    expect(await world.database.prisma.port.count()).toBe(0);
    await world.database.prisma.node.update({
      where: { id: node.id },
      data: { maintenance: true, taskState: 'error' },
    });
  });

  test('refused power on by both nodes: ERROR names what each did, both are free', async () => {
    const nodes = [await world.node('one'), await world.node('two')];
    const { instance, operation } = await world.server('web2');
    await world.settle({ power: (target) => (target === 'cycle' ? 'POWER_REFUSED' : undefined) });
    const ended = await world.instance(instance.uuid);
    expect(ended).toMatchObject({ vmState: 'error', taskState: null, node: null });
    expect(fault(ended.fault).message).toContain('one: POWER_REFUSED');
    expect(fault(ended.fault).message).toContain('two: POWER_REFUSED');
    expect((await world.operation(operation.id)).attempt).toBe(3);
    for (const node of nodes) {
      expect(await world.nodeNow(node)).toMatchObject({ taskState: 'deleted', instanceUuid: null });
    }
    expect(await world.database.prisma.port.count()).toBe(0);
  });

  test('a node that can’t be confirmed off is left behind, not freed, and cleaned when its BMC is back', async () => {
    const { instance } = await world.server('web3');
    let dead = true;
    const dying = { power: () => (dead ? ('POWER_UNREACHABLE' as const) : undefined) };
    await world.settle(dying);
    const stuck = await world.database.prisma.node.findMany({
      where: { taskState: 'error', maintenance: false },
    });
    expect(stuck.length).toBe(2);
    expect(
      stuck.every(({ instanceUuid, operationId }) => instanceUuid === null && operationId !== null),
    ).toBe(true);
    expect(fault((await world.instance(instance.uuid)).fault).code).toBe('NO_VALID_HOST');
    expect(await world.database.prisma.port.count({ where: { reservedFor: { not: null } } })).toBe(
      2,
    );

    dead = false;
    await world.passTime();
    await world.settle(dying);
    for (const node of stuck) {
      expect(await world.nodeNow(node)).toMatchObject({ taskState: 'deleted', operationId: null });
    }
    expect(await world.database.prisma.port.count()).toBe(0);
    await world.delete(instance);
    await world.settle();
  });

  test('a silent node: the fault says what was seen last', async () => {
    const { instance } = await world.server('web4');
    const silent = { ramdisk: () => 'silent' as const };
    await world.heartbeats('boot');
    await world.settle(silent);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await world.passTime();
      await world.settle(silent);
    }
    const { message } = fault((await world.instance(instance.uuid)).fault);
    expect(message).toContain('BOOT_NO_DHCP');
    expect(message).toContain('last seen: its power came on');
    expect(message).not.toContain('timeout');
    await world.delete(instance);
    await world.settle();
  });

  test('deleted while it is built: no error, node free', async () => {
    const { instance, operation } = await world.server('web5');
    await world.settle({ deploy: () => 'silent' });
    expect((await world.operation(operation.id)).step).toBe('writeImage');
    await world.delete(instance);
    await world.engine.advance({ operation: operation.id });
    await world.settle();
    expect(await world.operation(operation.id)).toMatchObject({ state: 'cancelled' });
    expect(await world.instance(instance.uuid)).toMatchObject({ vmState: 'deleted', fault: null });
    expect(await world.database.prisma.node.count({ where: { instanceUuid: { not: null } } })).toBe(
      0,
    );
  });

  test('a delete whose power off fails keeps server, node and address together, and works later', async () => {
    const { instance } = await world.server('web6');
    await world.settle();
    await world.delete(instance);
    await world.settle({ power: () => 'POWER_AUTH' });
    const kept = await world.instance(instance.uuid);
    expect(kept).toMatchObject({ vmState: 'error', taskState: 'deleting' });
    expect(fault(kept.fault).code).toBe('POWER_AUTH');
    const node = await world.database.prisma.node.findFirstOrThrow({
      where: { instanceUuid: instance.uuid },
    });
    expect(node).toMatchObject({ taskState: 'error', operationId: null });
    expect(await world.database.prisma.port.count({ where: { deviceId: instance.uuid } })).toBe(1);
    await world.delete(instance);
    await world.settle();
    expect(await world.instance(instance.uuid)).toMatchObject({ vmState: 'deleted' });
  });

  test('nobody schedules: asked again, then a named fault', async () => {
    const { instance, operation } = await world.server('web7');
    await world.takeCasts();
    await world.database.prisma.$executeRaw`
      UPDATE operations SET deadline_at = clock_timestamp() WHERE id = ${operation.id}::uuid`;
    await world.engine.advance({ operation: operation.id });
    expect((await world.takeCasts()).map(({ method }) => method)).toEqual([
      'scheduler.run_instance',
    ]);
    await world.passTime();
    expect(fault((await world.instance(instance.uuid)).fault).code).toBe('SERVICE_LOST');
    await world.delete(instance);
    await world.settle();
  });
});

test('a ramdisk that has reported names the fault, though the BMC never read on', async () => {
  const { instance, operation } = await world.server('soon-off');
  await world.settle({ power: () => 'silent' });
  const held = await world.database.prisma.node.findUniqueOrThrow({
    where: { instanceUuid: instance.uuid },
  });
  await world.hello(held);
  await world.deployments.bring(held, deploymentState.failed, { code: 'DISK_MISSING' });
  const { awaitingKey: key } = await world.operation(operation.id);
  const asked = { key: key!, target: 'cycle' };
  await world.power.bring(held, asked, powerCommandState.failed, 'POWER_NO_CHANGE');
  await world.engine.advance({ operation: operation.id });
  expect((await world.operation(operation.id)).fault).toMatchObject({ code: 'DISK_MISSING' });
});
