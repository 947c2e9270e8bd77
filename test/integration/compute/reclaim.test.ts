import type { Node, Operation } from '@metalcast/db';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { World, type Others } from './world.js';

let world: World;
let node: Node;
let reclaim: Operation;
/** Every node that is switched on or off: how the BMC answers now. */
let off: 'POWER_UNREACHABLE' | undefined;
const others: Others = { power: (target) => (target === 'off' ? off : 'POWER_REFUSED') };

/** A node that a failed build had to leave behind, and the work that tries to free it. */
beforeEach(async () => {
  world = await World.open();
  await world.network();
  node = await world.node('one');
  off = 'POWER_UNREACHABLE';
  await world.server('web');
  await world.settle(others);
  reclaim = await world.database.prisma.operation.findFirstOrThrow({ where: { kind: 'reclaim' } });
  await world.engine.advance({ operation: reclaim.id });
  await world.settle(others);
});
afterEach(() => world.close());

async function passPause(): Promise<void> {
  await world.passDeadline(reclaim.id);
  await world.settle(others);
}

const pauseNow = async (): Promise<number> => {
  const { awaiting, deadlineAt, updatedAt } = await world.operation(reclaim.id);
  expect(awaiting).toBe('pause');
  return Math.round(((deadlineAt?.getTime() ?? 0) - updatedAt.getTime()) / 1000);
};

test('the pauses grow from round to round', async () => {
  const pauses = [await pauseNow()];
  for (let round = 0; round < 3; round += 1) {
    await passPause();
    pauses.push(await pauseNow());
  }
  expect(pauses).toEqual([60, 120, 240, 480]);
});

test('an "off" of an earlier round frees no node', async () => {
  off = undefined;
  await passPauseWithoutBoot();
  expect(await world.operation(reclaim.id)).toMatchObject({ step: 'powerOff', awaiting: 'pause' });

  // Somebody switches it on meanwhile, and its BMC is away again.
  off = 'POWER_UNREACHABLE';
  await passPause();
  expect(await world.nodeNow(node)).toMatchObject({ taskState: 'error', operationId: reclaim.id });

  off = undefined;
  await passPause();
  expect(await world.nodeNow(node)).toMatchObject({ taskState: 'deleted', operationId: null });
});

/** A round in which the power goes off, and then no boot service answers. */
async function passPauseWithoutBoot(): Promise<void> {
  await world.passDeadline(reclaim.id);
  await world.settle({ ...others, boot: () => 'silent' });
  expect(await world.operation(reclaim.id)).toMatchObject({ step: 'clearBoot' });
  await world.passTime();
  await world.takeCasts();
}
