// What a service has in its line is not sent to it again: each copy would make the line longer.
import type { Operation } from '@metalcast/db';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { World, type Others } from './world.js';

let world: World;
let operation: Operation;
beforeEach(async () => {
  world = await World.open();
  await world.network();
  await world.node('one');
  ({ operation } = await world.server('web'));
});
afterEach(() => world.close());

/** Settles, then lets the service have been up all the while, and the step have begun some minutes ago. */
async function waitAt(binary: string, others: Others): Promise<void> {
  await world.settle(others);
  await world.database.prisma.service.create({ data: { host: 'h', binary, version: '1.0' } });
  await world.database.prisma.$executeRaw`
    UPDATE operations SET begun_at = clock_timestamp() - interval '10 min'`;
  await world.takeCasts();
}

async function castsAtNextLook(): Promise<string[]> {
  await world.passDeadline(operation.id);
  return (await world.takeCasts()).map(({ method }) => method);
}

test('a deployment that is queued', async () => {
  await waitAt('metalcast-deploy-helper', { deploy: () => 'silent' });
  expect(await castsAtNextLook()).toEqual(['deploy_helper.deploy']);
  await world.database.prisma.deployment.updateMany({
    data: { state: 'queued', deadlineAt: new Date() },
  });
  expect(await castsAtNextLook()).toEqual([]);
  expect(await world.operation(operation.id)).toMatchObject({
    step: 'writeImage',
    state: 'waiting',
  });
});

test('a power command that is queued', async () => {
  await waitAt('metalcast-power', { power: () => 'silent' });
  expect(await castsAtNextLook()).toEqual(['power.set']);
  const { id: nodeId, epoch } = await world.database.prisma.node.findFirstOrThrow();
  await world.database.prisma.powerCommand.create({
    data: {
      ...{ key: `${operation.id}/1/powerCycleToNetwork/1`, nodeId, epoch, address: 'a' },
      ...{ target: 'cycle', requestId: 'r', state: 'queued', deadlineAt: new Date() },
    },
  });
  expect(await castsAtNextLook()).toEqual([]);
  expect((await world.operation(operation.id)).step).toBe('powerCycleToNetwork');
});
