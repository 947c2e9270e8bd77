import { nodeState } from '@metalcast/domain';
import { backoff } from '@metalcast/work';
import { forwardOnly, type Plan, type Verdict } from '../engine/plan.js';
import type { Step } from '../engine/step.js';
import type { Turn } from '../engine/turn.js';
import { powerOff } from '../steps/power.js';
import { clearBoot } from '../steps/prepare-boot.js';
import { releaseNetwork, releaseNode } from '../steps/teardown.js';

const longestMs = 3_600_000;

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
    const afterMs = pauseMs(turn);
    // A new round: the power commands of earlier rounds say nothing about the present.
    turn.save({ attempt: turn.operation.attempt + 1 });
    return { next: 'restart', afterMs };
  },
};

const pauseMs = ({ operation, config }: Turn): number =>
  backoff(operation.attempt, { shortestMs: config.reclaimPauseMs, longestMs });
