import { faultRecord } from '@metalcast/contracts';
import { nodeState, nodeStates, taskState, type FaultRecord } from '@metalcast/domain';
import { notifyInstance } from '@metalcast/service';
import { forwardOnly, type Plan, type Verdict } from '../engine/plan.js';
import type { Step } from '../engine/step.js';
import type { Turn } from '../engine/turn.js';
import { deleteInstance } from '../steps/delete-instance.js';
import { powerOff } from '../steps/power.js';
import { clearBoot } from '../steps/prepare-boot.js';
import { releaseNetwork, releaseNode, revokeNode, revokeServer } from '../steps/teardown.js';
import { nextRound } from './next-round.js';

const releaseServersNetwork: Step = {
  ...releaseNetwork,
  async begin(turn) {
    if (turn.node !== undefined) {
      await notifyInstance(turn, turn.requireInstance(), 'shutdown.end');
    }
    await releaseNetwork.begin?.(turn);
  },
};

/**
 * Deletes a server and frees its node. When a step fails, server, node and address stay together, and the deletion is
 * taken up again by itself after a pause, which a second request ends. A bug (INTERNAL) would be met in every round: it
 * ends the deletion.
 */
export const deleteServer: Plan = {
  stages: forwardOnly(
    revokeServer,
    powerOff,
    clearBoot,
    releaseServersNetwork,
    releaseNode,
    deleteInstance,
  ),

  failed(turn, fault): Verdict {
    if (turn.node !== undefined) {
      keepNode(turn, fault);
    }
    const isTakenUp = fault.code !== 'INTERNAL';
    recordOnServer(turn, fault, isTakenUp ? taskState.deleting : null);
    return isTakenUp ? nextRound(turn) : { next: 'end' };
  },
};

/** The node stays with the server, at rest until the next round, or the next deletion, takes it over. */
function keepNode(turn: Turn, fault: FaultRecord): void {
  if (turn.nodeIsIn(...nodeStates.sources('cancel'))) {
    // The first step failed, and the node's build has ended: all that still works for the build must stop all the same.
    revokeNode(turn, 'cancel');
  }
  if (turn.nodeIsIn(nodeState.deleting)) {
    turn.moveNode('stuck', { operationId: null, fault: { ...fault } });
  } else {
    turn.updateNode({ operationId: null });
  }
}

function recordOnServer(
  turn: Turn,
  fault: FaultRecord,
  state: typeof taskState.deleting | null,
): void {
  turn.moveInstance('fail', {
    taskState: state,
    fault: { ...fault, at: turn.now.toISOString() },
  });
  turn.tell('instanceFailed', {
    operation: turn.operation.id,
    kind: turn.operation.kind,
    fault: faultRecord.parse(fault),
  });
}
