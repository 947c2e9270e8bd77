import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Plan } from '../../../services/compute/src/engine/plan.js';
import type { Step } from '../../../services/compute/src/engine/step.js';
import { undosOf } from '../../../services/compute/src/engine/plan.js';
import { plans } from '../../../services/compute/src/operations/index.js';
import { mapSteps } from './plan-steps.js';
import { World } from './world.js';

class Killed extends Error {}

/** Steps that die once before, and once after, their effects, as a process does that is killed there. */
const deaths = new Set<string>();
const dying = (step: Step): Step => ({
  ...step,
  async begin(turn) {
    const name = `${turn.operation.kind} ${turn.operation.undoing ? 'undo ' : ''}${step.name}`;
    dieOnce(`${name}, before`);
    await step.begin?.(turn);
    dieOnce(`${name}, after`);
  },
});

function dieOnce(where: string): void {
  if (!deaths.has(where)) {
    deaths.add(where);
    throw new Killed(where);
  }
}

const dyingPlans: Record<string, Plan> = Object.fromEntries(
  Object.entries(plans).map(([kind, plan]) => [kind, mapSteps(plan, dying)]),
);

let world: World;
beforeAll(async () => {
  world = await World.open({}, dyingPlans);
  await world.network();
});
afterAll(() => world.close());

/** Wakes every live operation until none dies of it, as sweeps do. */
async function survive(work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      await work();
      await wakeAll();
      return;
    } catch (error) {
      if (!(error instanceof Killed)) {
        throw error;
      }
    }
  }
}

async function wakeAll(): Promise<void> {
  const live = await world.database.prisma.operation.findMany({
    where: { state: { in: ['running', 'waiting'] } },
  });
  for (const { id } of live) {
    await world.engine.advance({ operation: id });
  }
  if ((await world.database.prisma.outbox.count({ where: { kind: 'cast' } })) > 0) {
    await world.settle();
    await wakeAll();
  }
}

test('killed before and after the effects of every step, a build ends active and a delete leaves nothing', async () => {
  const node = await world.node('crashing');
  const { instance } = await world.server('web');
  await survive(() => world.settle());
  expect(await world.instance(instance.uuid)).toMatchObject({ vmState: 'active' });
  await survive(() => world.delete(instance));
  expect(await world.instance(instance.uuid)).toMatchObject({ vmState: 'deleted' });
  expect(await world.nodeNow(node)).toMatchObject({ taskState: 'deleted', instanceUuid: null });
  expect(await world.database.prisma.port.count()).toBe(0);
  const died = [...deaths];
  for (const { step } of plans.build.stages.slice(1).filter((stage) => 'begin' in stage.step)) {
    expect(died).toContain(`build ${step.name}, after`);
  }
});

test('killed before and after every step of an undo, the node is free', async () => {
  const { instance } = await world.server('web2');
  const failing = { deploy: () => 'WRITE_FAILED' as const };
  await survive(() => world.settle(failing));
  expect(await world.instance(instance.uuid)).toMatchObject({ vmState: 'error' });
  expect(await world.database.prisma.node.count({ where: { instanceUuid: { not: null } } })).toBe(
    0,
  );
  for (const step of undosOf(plans.build, 'writeImage')) {
    expect([...deaths]).toContain(`build undo ${step.name}, after`);
  }
});

test('woken twice at once by each of two processes at every step, each step is begun once', async () => {
  const { instance, operation } = await world.server('web3');
  await survive(() => world.settle({ wakes: 4 }));
  expect(await world.instance(instance.uuid)).toMatchObject({ vmState: 'active' });
  const steps = await world.database.prisma.operationStep.findMany({
    where: { operationId: operation.id },
  });
  expect(steps.length).toBe(plans.build.stages.length);
});
