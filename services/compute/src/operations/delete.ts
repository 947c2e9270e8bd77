import { faultRecord } from '@metalcast/contracts';
import type { FaultRecord } from '@metalcast/domain';
import { notifyInstance } from '@metalcast/service';
import type { Plan, Verdict } from '../engine/plan.js';
import type { Step, Turn } from '../engine/step.js';
import { deleteInstance } from '../steps/delete-instance.js';
import { powerOff } from '../steps/power.js';
import { clearBoot } from '../steps/prepare-boot.js';
import { instanceOf, isInState, move, tellInstance, updateInstance } from '../steps/rows.js';
import { releaseNetwork, releaseNode, revokeServer } from '../steps/teardown.js';

const releaseServersNetwork: Step = {
  ...releaseNetwork,
  async begin(turn) {
    if (turn.node !== undefined) {
      await notifyInstance(turn, instanceOf(turn), 'shutdown.end');
    }
    await releaseNetwork.begin?.(turn);
  },
};

/**
 * Takes a server away and frees its node. When the node can't be confirmed off, server, node and address stay
 * together: the user may delete again when the BMC answers.
 */
export const deleteServer: Plan = {
  version: 1,
  steps: [revokeServer, powerOff, clearBoot, releaseServersNetwork, releaseNode, deleteInstance],
  undo: [],

  async failed(turn, fault): Promise<Verdict> {
    if (turn.node !== undefined && isInState(turn, 'deleting')) {
      await move(turn, 'stuck', { operationId: null, fault: { ...fault } });
    }
    await recordOnServer(turn, fault);
    return { next: 'end', state: 'failed' };
  },

  undoFailed: () => Promise.resolve(),
  undone: () => Promise.resolve({ next: 'end', state: 'failed' }),
};

async function recordOnServer(turn: Turn, fault: FaultRecord): Promise<void> {
  await updateInstance(turn, {
    vmState: 'error',
    taskState: null,
    fault: { ...fault, at: turn.now.toISOString() },
  });
  tellInstance(turn, 'instanceFailed', {
    operation: turn.operation.id,
    kind: turn.operation.kind,
    fault: faultRecord.parse(fault),
  });
}
