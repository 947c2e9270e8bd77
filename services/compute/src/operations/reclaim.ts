import { nodeState } from '@metalcast/domain';
import { forwardOnly, type Plan, type Verdict } from '../engine/plan.js';
import type { Step } from '../engine/step.js';
import { powerOff } from '../steps/power.js';
import { clearBoot } from '../steps/prepare-boot.js';
import { releaseNetwork, releaseNode } from '../steps/teardown.js';
import { nextRound } from './next-round.js';

/** The first step that does something marks the node as worked on again. */
const takingUp = (step: Step): Step => ({
  ...step,
  async begin(turn) {
    if (turn.node !== undefined && turn.nodeIsIn(nodeState.error)) {
      turn.moveNode('reclaim');
    }
    await step.begin?.(turn);
  },
});

/** A round makes one try; the pause between rounds grows. */
const tryPowerOff: Step = { ...powerOff, awaits: { ...powerOff.awaits, tries: 1 } };

/** Frees a node that a failed build had to abandon: tried again, with growing pauses, until its power is off. */
export const reclaim: Plan = {
  stages: forwardOnly(...[tryPowerOff, clearBoot, releaseNetwork, releaseNode].map(takingUp)),

  failed(turn, fault): Verdict {
    if (turn.node === undefined) {
      return { next: 'end' };
    }
    if (turn.nodeIsIn(nodeState.cleaning)) {
      turn.moveNode('stuck', { fault: { ...fault } });
    }
    return nextRound(turn);
  },
};
