import { beat } from '@metalcast/db';
import { power, scheduler } from '@metalcast/contracts';
import type { FaultRecord } from '@metalcast/domain';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { World } from './world.js';

let world: World;
beforeEach(async () => {
  world = await World.open();
  await world.network();
  await world.node('one');
});
afterEach(() => world.close());

const lives = (topic: string): Promise<void> =>
  beat(
    world.database,
    { host: 'host1', binary: `test-${topic}`, topic, version: '1.0', details: {} },
    true,
  );
const unsent = (): Promise<number> =>
  world.database.prisma.outbox.count({ where: { kind: 'cast' } });

/** A server whose build waits for the scheduler, and then one that waits for its power. */
async function buildAtPower(): Promise<{ uuid: string; operationId: string }> {
  const { instance, operation } = await world.server('web');
  await world.settle({ power: () => 'silent' });
  expect(await world.operation(operation.id)).toMatchObject({ step: 'powerCycleToNetwork' });
  await world.passDeadline(operation.id);
  expect(await unsent()).toBe(1);
  return { uuid: instance.uuid, operationId: operation.id };
}

test('a step whose cast the broker has not taken is neither overdue nor cast again', async () => {
  await lives(power.topic);
  const { uuid, operationId } = await buildAtPower();
  for (let day = 0; day < 3; day += 1) {
    await world.passTime();
  }
  expect(await world.operation(operationId)).toMatchObject({ step: 'powerCycleToNetwork' });
  expect(await unsent()).toBe(1);

  // The broker is back: from then on the service has its whole time.
  await world.takeCasts();
  await world.passDeadline(operationId);
  expect(await world.operation(operationId)).toMatchObject({ step: 'powerCycleToNetwork' });
  await world.settle();
  expect(await world.instance(uuid)).toMatchObject({ vmState: 'active', fault: null });
});

test('nor is a claim that no scheduler was asked for', async () => {
  await lives(scheduler.topic);
  const { instance } = await world.server('web');
  await world.passTime();
  await world.passTime();
  expect(await unsent()).toBe(1);
  await world.settle();
  expect(await world.instance(instance.uuid)).toMatchObject({ vmState: 'active' });
});

test('a cast that waits because no service of its topic lives is not cast again, but overdue in time', async () => {
  const { instance, operation } = await world.server('web');
  await world.passDeadline(operation.id);
  expect(await unsent()).toBe(1);
  await world.passTime();
  const { fault } = await world.instance(instance.uuid);
  expect((fault as unknown as FaultRecord).code).toBe('SERVICE_LOST');
});

test('who was away itself sends again, and calls nothing overdue yet', async () => {
  const { operationId } = await buildAtPower();
  await world.takeCasts();
  world.canDeclareOverdue.now = false;
  await world.passTime();
  expect(await world.operation(operationId)).toMatchObject({ step: 'powerCycleToNetwork' });
  expect((await world.takeCasts()).map(({ method }) => method)).toEqual(['power.set']);
  world.canDeclareOverdue.now = true;
  await world.passTime();
  expect(await world.operation(operationId)).toMatchObject({ stepAttempt: 2 });
});
