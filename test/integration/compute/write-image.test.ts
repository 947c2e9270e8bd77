import type { Node, Operation } from '@metalcast/db';
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
    UPDATE operation_steps SET started_at = started_at - interval '1 day' WHERE finished_at IS NULL`;
  node = await world.nodeNow(node);
}
const tryNow = async (): Promise<[string, number]> => {
  await world.passDeadline(operation.id);
  const { step, stepAttempt } = await world.operation(operation.id);
  return [step, stepAttempt];
};
const progress = (phase: string) => ({ attempt: 1, bytes_done: 0, total: 1, phase });

test('a ramdisk that says hello again and again gains no time', async () => {
  await askedYesterday();
  await world.database.prisma.deployment.updateMany({
    data: { bootTry: 2, state: 'queued', deadlineAt: new Date() },
  });
  await world.tell('deployProgress', node, progress('queued'));
  expect(await tryNow()).toEqual(['writeImage', 2]);
});

test('a helper that gets on does', async () => {
  await askedYesterday();
  await world.database.prisma.deployment.updateMany({
    data: { state: 'writing', deadlineAt: new Date(0) },
  });
  await world.tell('deployProgress', node, progress('writing'));
  expect(await tryNow()).toEqual(['writeImage', 1]);
});

test('so does one that moves its own deadline, as while it fetches the image', async () => {
  await askedYesterday();
  await world.database.prisma.deployment.updateMany({
    data: { state: 'targeting', deadlineAt: new Date() },
  });
  expect(await tryNow()).toEqual(['writeImage', 1]);
});

test('a second try on the node waits for its own outcome, not for that of the first', async () => {
  let tries = 0;
  await world.settle({ deploy: () => (++tries === 1 ? 'UNAVAILABLE' : undefined) });
  expect(tries).toBe(2);
  expect(await world.instance(instanceUuid)).toMatchObject({ vmState: 'active', node: node.uuid });
});
