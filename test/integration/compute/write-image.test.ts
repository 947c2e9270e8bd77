import type { Node, Operation } from '@metalcast/db';
import { deploymentState } from '@metalcast/domain';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { World } from './world.js';

let world: World;
let node: Node;
let operation: Operation;
let instanceUuid: string;
beforeEach(async () => {
  world = await World.open();
  await world.network();
  node = await world.node('one');
  const server = await world.server('web');
  ({ operation } = server);
  instanceUuid = server.instance.uuid;
});
afterEach(() => world.close());

/** A helper has been asked a day ago. */
async function askedYesterday(): Promise<void> {
  await world.settle({ deploy: () => 'silent' });
  await world.database.prisma.$executeRaw`
    UPDATE operations SET begun_at = begun_at - interval '1 day' WHERE begun_at IS NOT NULL`;
  node = await world.nodeNow(node);
}
const stepNow = async (): Promise<string> => {
  await world.passDeadline(operation.id);
  return (await world.operation(operation.id)).step;
};

test('a ramdisk that says hello again and again gains no time', async () => {
  await askedYesterday();
  await world.deployments.bring(node, deploymentState.queued);
  await world.database.prisma.deployment.updateMany({
    data: { bootTry: 2, deadlineAt: new Date(), progressAt: null },
  });
  expect(await stepNow()).toBe('powerOff');
  const { fault } = await world.operation(operation.id);
  expect(fault).toMatchObject({ code: 'SERVICE_LOST', phase: 'writeImage' });
});

test('a helper that gets on does', async () => {
  await askedYesterday();
  await world.deployments.bring(node, deploymentState.writing);
  await world.database.prisma.deployment.updateMany({
    data: { deadlineAt: new Date(0), progressAt: new Date() },
  });
  expect(await stepNow()).toBe('writeImage');
});

test('so does one that moves its own deadline, as while it fetches the image', async () => {
  await askedYesterday();
  await world.deployments.bring(node, deploymentState.targeting);
  await world.database.prisma.deployment.updateMany({
    data: { deadlineAt: new Date() },
  });
  expect(await stepNow()).toBe('writeImage');
});

test('what failed for good is tried on another node, though helpers may pass', async () => {
  const other = await world.node('two');
  const tried: string[] = [];
  await world.settle({
    deploy: ({ uuid }) => {
      tried.push(uuid);
      return tried.length === 1 ? 'UNAVAILABLE' : undefined;
    },
  });
  expect(new Set(tried)).toEqual(new Set([node.uuid, other.uuid]));
  expect(tried).toHaveLength(2);
  expect(await world.instance(instanceUuid)).toMatchObject({ vmState: 'active' });
});
