import type { OperationKind } from '@metalcast/domain';
import { afterAll, beforeAll } from 'vitest';
import type { Plan } from '../../../services/compute/src/engine/plan.js';
import { plans } from '../../../services/compute/src/operations/index.js';
import { everyStepOf } from './every-step.js';
import { HookedWorld } from './hooked-world.js';

const worlds: HookedWorld[] = [];
beforeAll(async () => {
  worlds.push(
    await HookedWorld.open({ METALCAST_MAX_ATTEMPTS: '1', METALCAST_QUARANTINE_AFTER: '0' }),
  );
  worlds.push(
    await HookedWorld.open({ METALCAST_MAX_ATTEMPTS: '2', METALCAST_QUARANTINE_AFTER: '0' }),
  );
});
afterAll(async () => {
  for (const { world } of worlds) {
    await world.close();
  }
});

for (const [kind, plan] of Object.entries(plans) as [OperationKind, Plan][]) {
  everyStepOf(kind, plan, { one: () => worlds[0]!, two: () => worlds[1]! });
}
