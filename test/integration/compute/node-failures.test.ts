import type { Node } from '@metalcast/db';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Plan } from '../../../services/compute/src/engine/plan.js';
import { plans } from '../../../services/compute/src/operations/index.js';
import { World, type Others } from './world.js';

class Killed extends Error {}

/** Dies before and after what a failure writes, each time anew when `deaths` is emptied. */
const deaths = new Set<string>();
function dieOnce(where: string): void {
  if (!deaths.has(where)) {
    deaths.add(where);
    throw new Killed(where);
  }
}
const dyingPlans: Record<string, Plan> = {
  ...plans,
  build: {
    ...plans.build,
    async failed(turn, fault) {
      dieOnce('before');
      const verdict = await plans.build.failed(turn, fault);
      dieOnce('after');
      return verdict;
    },
  },
};

const refused: Others = {
  power: (target) => (target === 'cycle' ? 'POWER_REFUSED' : undefined),
};

let world: World;
let node: Node;

/** A server that ends as the others let it, whoever dies of it. */
async function serverOf(others: Others = {}): Promise<{ uuid: string; vmState: string }> {
  deaths.clear();
  const { instance, operation } = await world.server('web');
  for (let more = true; more;) {
    try {
      await world.settle(others);
      await world.engine.advance({ operation: operation.id });
      more = (await world.database.prisma.outbox.count({ where: { kind: 'cast' } })) > 0;
    } catch (error) {
      if (!(error instanceof Killed)) {
        throw error;
      }
    }
  }
  return world.instance(instance.uuid);
}

const quarantines = (): Promise<unknown[]> =>
  world.database.prisma.event.findMany({ where: { type: 'node.quarantined' } });

describe('set aside after two', () => {
  beforeAll(async () => {
    const limits = { METALCAST_QUARANTINE_AFTER: '2', METALCAST_MAX_ATTEMPTS: '1' };
    world = await World.open(limits, dyingPlans);
    await world.network();
    node = await world.node('one');
  });
  afterAll(() => world.close());

  test('a failed build counts once, though its process dies before and after it was counted', async () => {
    const { vmState } = await serverOf(refused);
    expect([vmState, [...deaths]]).toEqual(['error', ['before', 'after']]);
    const { failures, failedAt, quarantined } = await world.nodeNow(node);
    expect([failures, failedAt === null, quarantined]).toEqual([1, false, false]);
  });

  test('an active server makes it nothing again, and a deleted one leaves the time of its use', async () => {
    const before = (await world.nodeNow(node)).lastUsedAt;
    const { uuid, vmState } = await serverOf();
    expect(vmState).toBe('active');
    expect(await world.nodeNow(node)).toMatchObject({ failures: 0, lastUsedAt: before });
    await world.delete(await world.instance(uuid));
    await world.settle();
    const { lastUsedAt } = await world.nodeNow(node);
    expect(lastUsedAt?.getTime()).toBeGreaterThan(before?.getTime() ?? Infinity);
  });

  test.each(['IMAGE_MISSING', 'IMAGE_TOO_LARGE', 'DISK_TOO_SMALL'] as const)(
    'what an image brings about is not counted: %s',
    async (code) => {
      const { vmState } = await serverOf({ deploy: () => code });
      expect(vmState).toBe('error');
      expect(await world.nodeNow(node)).toMatchObject({ failures: 0, instanceUuid: null });
    },
  );

  test('nor is a build that was deleted', async () => {
    deaths.clear();
    const { instance, operation } = await world.server('deleted');
    await world.settle({ deploy: () => 'silent' });
    await world.delete(instance);
    await world.engine.advance({ operation: operation.id });
    await world.settle();
    expect(await world.instance(instance.uuid)).toMatchObject({ vmState: 'deleted' });
    expect(await world.nodeNow(node)).toMatchObject({ failures: 0, instanceUuid: null });
  });

  test('the second in a row sets it aside and says why, once', async () => {
    await serverOf(refused);
    expect(await quarantines()).toEqual([]);
    await serverOf(refused);
    const { failures, quarantined, quarantineReason: reason } = await world.nodeNow(node);
    expect([failures, quarantined]).toEqual([2, true]);
    expect(reason).toMatch(/^2 builds failed on it in a row, the last with POWER_REFUSED: The BMC/);
    const told = { subject: node.uuid, data: { reason, failures: 2 } };
    expect(await quarantines()).toMatchObject([told]);

    await serverOf(refused);
    expect(await world.nodeNow(node)).toMatchObject({ failures: 3, quarantineReason: reason });
    expect(await quarantines()).toHaveLength(1);
  });
});

describe('never set aside', () => {
  beforeAll(async () => {
    const limits = { METALCAST_QUARANTINE_AFTER: '0', METALCAST_MAX_ATTEMPTS: '1' };
    world = await World.open(limits, dyingPlans);
    node = await world.node('one');
  });
  afterAll(() => world.close());

  test('a build that never powered its node has not used it', async () => {
    const { vmState } = await serverOf();
    expect(vmState).toBe('error');
    const { epoch, lastUsedAt } = await world.nodeNow(node);
    expect([epoch > 0, lastUsedAt]).toEqual([true, null]);
  });

  test('one that did has, though the node can’t be confirmed off', async () => {
    await world.network();
    await serverOf({ power: () => 'POWER_UNREACHABLE' });
    const { taskState, failures, quarantined, lastUsedAt } = await world.nodeNow(node);
    expect([taskState, failures, quarantined]).toEqual(['error', 1, false]);
    expect(lastUsedAt).not.toBeNull();
  });
});
