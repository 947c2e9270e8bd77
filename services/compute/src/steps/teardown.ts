import { eventOf } from '@metalcast/contracts';
import { nodeStates, taskState, type NodeEvent } from '@metalcast/domain';
import { notifyInstance } from '@metalcast/service';
import type { Step } from '../engine/step.js';
import type { Turn } from '../engine/turn.js';
import { flat } from '../vif/flat.js';

/**
 * Invalidates everything that works for the node's present epoch: helper, token, power commands. Begins every teardown.
 * Nothing that the node could still use is freed before its power is off.
 */
export function revokeNode(turn: Turn, event: NodeEvent): void {
  const { epoch } = turn.requireNode();
  turn.moveNode(event, {
    epoch: epoch + 1,
    bootMode: 'none',
    operationId: turn.operation.id,
  });
  turn.holdNode();
}

/** Runs before the undos of a build. */
export const revokeBuild: Step = {
  name: 'revokeBuild',
  skip: ({ node }) => node === undefined,
  begin(turn) {
    revokeNode(turn, 'fail');
  },
};

const canTearDown = (turn: Turn): boolean => turn.nodeIsIn(...nodeStates.sources('teardown'));

/** First step of a delete: takes over the server's node, if it has one. */
export const revokeServer: Step = {
  name: 'revokeServer',
  async begin(turn) {
    if (turn.node !== undefined) {
      revokeNode(turn, canTearDown(turn) ? 'teardown' : 'cancel');
    }
    turn.updateInstance({ taskState: taskState.deleting });
    await notifyInstance(turn, turn.requireInstance(), 'delete.start');
    if (turn.node !== undefined) {
      await notifyInstance(turn, turn.requireInstance(), 'shutdown.start');
    }
  },
};

export const releaseNetwork: Step = {
  name: 'releaseNetwork',
  async begin(turn) {
    await flat.unplug(turn);
    if (turn.node !== undefined) {
      await flat.free(turn);
    }
  },
};

/**
 * The time of the node's last use, set when it leaves its server. A build that never powered the node has not used it.
 */
export const lastUse = ({ node, now }: Turn): { lastUsedAt?: Date } =>
  node?.touched === 'power' ? { lastUsedAt: now } : {};

/** The node is free: from here on, messages with the old epoch are refused. */
export const releaseNode: Step = {
  name: 'releaseNode',
  skip: ({ node }) => node === undefined,
  begin(turn) {
    const { uuid: subject, dataOf, epoch } = turn.requireNode();
    turn.moveNode('release', {
      epoch: epoch + 1,
      instanceUuid: null,
      operationId: null,
      touched: null,
      fault: null,
      ...lastUse(turn),
    });
    if (dataOf.length > 0) {
      const context = { subject, epoch: epoch + 1, requestId: turn.request.requestId };
      turn.out.emit(eventOf('nodeUnwiped', context, { instance_uuids: dataOf }));
    }
    turn.dropNode();
  },
};
