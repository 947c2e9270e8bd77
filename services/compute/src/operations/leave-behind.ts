import { randomUUID } from 'node:crypto';
import { nodeState, operations, type FaultRecord } from '@metalcast/domain';
import type { Turn } from '../engine/turn.js';
import { lastUse } from '../steps/teardown.js';
import { flat } from '../vif/flat.js';

/** How soon the operation is looked at that frees the node. */
const firstLookMs = 2000;

/**
 * The node can't be confirmed off: it lets go of the server but not of its address, can't be claimed,
 * and gets an operation of its own that tries again.
 */
export async function leaveNodeBehind(turn: Turn, fault: FaultRecord): Promise<void> {
  const { id: nodeId, uuid, epoch: before } = turn.requireNode();
  if (!turn.nodeIsIn(nodeState['deploy failed'])) {
    // The revocation itself failed; the epoch below is one.
    turn.moveNode('fail');
  }
  await flat.reserve(turn);
  const id = randomUUID();
  const epoch = before + 1;
  const { version: plan, starts: step } = operations.clean;
  const deadlineAt = turn.in(firstLookMs);
  turn.follow({ id, kind: 'clean', plan, step, nodeId, epoch, deadlineAt });
  turn.moveNode('stuck', {
    epoch,
    instanceUuid: null,
    instanceName: null,
    operationId: id,
    ...lastUse(turn),
    fault: { ...fault, details: { ...fault.details, node: uuid } },
  });
  turn.dropNode();
}
