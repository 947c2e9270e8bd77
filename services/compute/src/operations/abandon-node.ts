import { randomUUID } from 'node:crypto';
import { nodeState, operations, type FaultRecord } from '@metalcast/domain';
import type { Turn } from '../engine/turn.js';
import { lastUse } from '../steps/teardown.js';
import { flat } from '../vif/flat.js';

/** The first look at the operation that frees the node comes after this time. */
const firstLookMs = 2000;

/**
 * The node's power-off cannot be confirmed. The node is detached from the server but keeps its address, cannot be
 * claimed, and gets an operation of its own that tries again.
 */
export async function abandonNode(turn: Turn, fault: FaultRecord): Promise<void> {
  const { id: nodeId, uuid, epoch: before } = turn.requireNode();
  if (!turn.nodeIsIn(nodeState['deploy failed'])) {
    // The revocation itself failed; the new epoch below revokes as well.
    turn.moveNode('fail');
  }
  await flat.reserve(turn);
  const id = randomUUID();
  const epoch = before + 1;
  const { version: plan, starts: step } = operations.reclaim;
  const deadlineAt = turn.in(firstLookMs);
  turn.follow({ id, kind: 'reclaim', plan, step, nodeId, epoch, deadlineAt });
  turn.moveNode('stuck', {
    epoch,
    instanceUuid: null,
    operationId: id,
    ...lastUse(turn),
    fault: { ...fault, details: { ...fault.details, node: uuid } },
  });
  turn.dropNode();
}
