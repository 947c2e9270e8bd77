// A deletion that fails, because a service of ours is away or because of its node, is taken up again by itself.
import type { Instance, Node, Operation } from '@metalcast/db';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { World, type Others } from './world.js';

const silent = (): 'silent' => 'silent';

let world: World;
let node: Node;
let instance: Instance;
beforeEach(async () => {
  world = await World.open();
  await world.network();
  node = await world.node('one');
  ({ instance } = await world.server('web'));
  await world.settle();
});
afterEach(() => world.close());

const deletion = (): Promise<Operation> =>
  world.database.prisma.operation.findFirstOrThrow({
    where: { instanceUuid: instance.uuid, kind: 'delete' },
  });

async function failToDelete(others: Others): Promise<void> {
  await world.delete(instance);
  await failRound(others);
}

/** Time passes until the round has failed, after all its tries. */
async function failRound(others: Others): Promise<void> {
  await world.settle(others);
  for (let tries = 0; tries < 3 && (await isTrying()); tries += 1) {
    await world.passTime();
    await world.settle(others);
  }
}

async function isTrying(): Promise<boolean> {
  const { awaiting, finishedAt } = await deletion();
  return awaiting !== 'pause' && finishedAt === null;
}

async function expectDeleted(): Promise<void> {
  expect(await world.instance(instance.uuid)).toMatchObject({ vmState: 'deleted' });
  expect(await world.nodeNow(node)).toMatchObject({
    taskState: 'deleted',
    instanceUuid: null,
    operationId: null,
  });
  expect(await deletion()).toMatchObject({ state: 'succeeded' });
}

describe.each([
  { service: 'boot', others: { boot: silent } },
  { service: 'power', others: { power: silent } },
])('while $service is away', ({ service, others }) => {
  test('the server is in ERROR with the reason, and keeps its node; then it is deleted by itself', async () => {
    await failToDelete(others);
    expect(await world.instance(instance.uuid)).toMatchObject({
      vmState: 'error',
      taskState: 'deleting',
      fault: {
        code: 'SERVICE_LOST',
        message: expect.stringContaining(`No ${service} service`) as string,
      },
    });
    expect(await world.nodeNow(node)).toMatchObject({
      taskState: 'error',
      instanceUuid: instance.uuid,
    });
    expect(await deletion()).toMatchObject({ state: 'waiting', awaiting: 'pause', attempt: 2 });
    await world.passTime();
    await world.settle();
    await expectDeleted();
  });

  test('the pauses grow', async () => {
    await failToDelete(others);
    const pauses: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const { deadlineAt, awaiting } = await deletion();
      expect(awaiting).toBe('pause');
      pauses.push((deadlineAt?.getTime() ?? 0) - Date.now());
      await world.passTime();
      await failRound(others);
    }
    expect(pauses).toEqual(pauses.toSorted((one, other) => one - other));
    expect(pauses[2]).toBeGreaterThan(2 * pauses[0]!);
  });

  test('a second request takes it up at once', async () => {
    await failToDelete(others);
    await world.takeCasts();
    await world.delete(instance);
    await world.settle();
    await expectDeleted();
  });
});

test.each(['POWER_UNREACHABLE', 'POWER_AUTH', 'QUEUE_TIMEOUT'] as const)(
  'so it is after %s, at once when somebody asks again',
  async (code) => {
    await failToDelete({ power: () => code });
    expect(await world.instance(instance.uuid)).toMatchObject({
      ...{ vmState: 'error', taskState: 'deleting', fault: { code } },
    });
    expect(await deletion()).toMatchObject({ state: 'waiting', awaiting: 'pause' });
    await world.takeCasts();
    await world.delete(instance);
    await failRound({ power: () => code });
    expect(await deletion()).toMatchObject({ state: 'waiting', awaiting: 'pause', attempt: 3 });
    await world.passTime();
    await world.settle();
    await expectDeleted();
  },
);
