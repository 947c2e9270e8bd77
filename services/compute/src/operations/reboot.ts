import { powerStates, taskState } from '@metalcast/domain';
import { notifyInstance } from '@metalcast/service';
import { forwardOnly, type Plan } from '../engine/plan.js';
import { done } from '../engine/outcome.js';
import type { Step } from '../engine/step.js';
import type { Turn } from '../engine/turn.js';
import { bootDeviceOf } from '../steps/boot-from-disk.js';
import { powerStep } from '../steps/power.js';
import { beginOnItsNode, failedOnItsNode, detachFromNode } from './on-its-node.js';

const isHard = ({ instance }: Turn): boolean => instance?.taskState === taskState.rebooting_hard;

/**
 * Asks the system to shut down. If it does not in time, its BMC has no soft off, or a hard reboot is requested
 * meanwhile, the next step switches the power off.
 */
const softOff: Step = {
  ...powerStep('softOff', () => ({ target: 'soft-off' }), {
    tries: 1,
    isMoot: isHard,
    onFailed: () => done,
    onOverdue: () => done,
  }),
  skip: isHard,
};

/** Off, unless it is off already, and on again. */
const cycle = powerStep(
  'powerCycle',
  (turn) => ({ target: 'cycle', bootDevice: bootDeviceOf(turn) }),
  {
    async onMet(turn) {
      turn.moveInstance('rebooted', {
        taskState: null,
        powerState: powerStates.running,
        fault: null,
      });
      detachFromNode(turn);
      turn.tell('instanceRebooted', { node: turn.requireNode().uuid });
      await notifyInstance(turn, turn.requireInstance(), 'reboot.end');
    },
  },
);

/** Restarts a server's node (spec 2.5): first softly by its own system, unless a hard reboot was requested. */
export const reboot: Plan = {
  stages: forwardOnly(beginOnItsNode('reboot'), softOff, cycle),
  failed: failedOnItsNode('reboot'),
};
