// Nobody wakes an operation here but the events and casts of other services, as they stand in the outbox.
import { deploymentState, deploymentStates, powerCommandState } from '@metalcast/domain';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deliver } from './deliver.js';
import { World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await World.open();
  await world.network();
});
afterAll(() => world.close());

test('a build and a delete go from step to step by what the other services say', async () => {
  const node = await world.node('one');
  const { instance, operation } = await world.server('web');
  await deliver(world);
  expect(await world.operation(operation.id)).toMatchObject({ state: 'succeeded' });
  expect(await world.instance(instance.uuid)).toMatchObject({ vmState: 'active' });
  await world.delete(instance);
  await deliver(world);
  expect(await world.instance(instance.uuid)).toMatchObject({ vmState: 'deleted' });
  expect(await world.nodeNow(node)).toMatchObject({ taskState: 'deleted', operationId: null });
});

test.each([
  ['power', 'POWER_REFUSED'],
  ['boot', 'UNAVAILABLE'],
  ['deploy', 'IMAGE_MISSING'],
] as const)('a build ends by what the failed %s says', async (service, code) => {
  const { instance, operation } = await world.server('web');
  await deliver(world, {
    [service]: (...[target]: unknown[]) => (target === 'off' ? undefined : code),
  });
  const { state, nodesTried } = await world.operation(operation.id);
  expect(state).toBe('failed');
  expect(nodesTried).toMatchObject([{ fault: { code } }]);
  await world.delete(instance);
  await deliver(world);
});

test('a deployment passes each state of its table on its way, and no other', async () => {
  const { deployments } = world;
  const node = await world.node('other');
  expect(await deployments.bring(node, deploymentState.verified)).toBe(false);
  await deployments.hello(node);
  await deployments.hello(node);
  await deployments.bring(node, deploymentState.verified);
  await deployments.bring(node, deploymentState.left);
  const from = deploymentStates.sources('restart');
  expect(await deployments.bring(node, deploymentState.left, { from })).toBe(false);
  expect(await deployments.bring(node, deploymentState.hello)).toBe(false);
  expect(await told(node.uuid)).toEqual([
    'agent.hello',
    'deploy.started',
    'deploy.progress',
    'deploy.progress',
    'deploy.verified',
    'agent.leaving',
  ]);
});

test('a power command that has ended is not carried out again', async () => {
  const { power } = world;
  const node = await world.node('third');
  const asked = { key: 'k', target: 'off' };
  expect(await power.bring(node, asked, powerCommandState.running)).toBe(true);
  expect(await power.bring(node, asked, powerCommandState.failed)).toBe(true);
  expect(await power.bring(node, asked, powerCommandState.succeeded)).toBe(false);
  expect(await told(node.uuid)).toEqual(['node.power.failed']);
});

async function told(subject: string): Promise<string[]> {
  const events = await world.database.prisma.event.findMany({
    where: { subject },
    orderBy: { n: 'asc' },
  });
  return events.map(({ type }) => type);
}
