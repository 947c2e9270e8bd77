import { eventOf } from '@metalcast/contracts';
import type { NodeEvent } from '@metalcast/domain';
import { lockNode, Prisma } from '@metalcast/db';
import { notifyInstance } from '@metalcast/service';
import type { Step, Turn } from '../engine/step.js';
import { flat } from '../vif/flat.js';
import { powerCycleToNetwork } from './power.js';
import { instanceOf, isInState, move, nodeOf, updateInstance } from './rows.js';

/**
 * Makes everything stale that still works for the node's present epoch: helper, token, power commands.
 * Begins every teardown. Nothing that the node could still use is freed before its power is off.
 */
async function revokeNode(turn: Turn, event: NodeEvent): Promise<void> {
  const { epoch } = nodeOf(turn);
  await move(turn, event, {
    epoch: epoch + 1,
    bootMode: 'none',
    operationId: turn.operation.id,
  });
  turn.operation = await turn.sql.operation.update({
    where: { id: turn.operation.id },
    data: { nodeId: nodeOf(turn).id, epoch: epoch + 1 },
  });
}

/** First undo step of a build. */
export const revokeBuild: Step = {
  name: 'revoke',
  limitMs: ({ answerTimeoutMs }) => answerTimeoutMs,
  async begin(turn) {
    if (turn.node !== undefined) {
      await revokeNode(turn, 'fail');
    }
  },
};

/** First step of a delete: finds the node that the server has, if any. */
export const revokeServer: Step = {
  name: 'revoke',
  limitMs: ({ answerTimeoutMs }) => answerTimeoutMs,
  async begin(turn) {
    const instanceUuid = turn.instance?.uuid;
    const found =
      instanceUuid === undefined
        ? null
        : await turn.sql.node.findFirst({ where: { instanceUuid }, select: { id: true } });
    if (found !== null) {
      turn.node = await lockNode(turn.sql, found.id);
      await revokeNode(turn, isInState(turn, 'active', 'error') ? 'teardown' : 'cancel');
    }
    await updateInstance(turn, { taskState: 'deleting' });
    await notifyInstance(turn, instanceOf(turn), 'delete.start');
    if (turn.node !== undefined) {
      await notifyInstance(turn, instanceOf(turn), 'shutdown.start');
    }
  },
};

export const releaseNetwork: Step = {
  name: 'releaseNetwork',
  limitMs: ({ answerTimeoutMs }) => answerTimeoutMs,
  async begin(turn) {
    await flat.unplug(turn);
    if (turn.node !== undefined) {
      await flat.free(turn);
    }
  },
};

/** When the node was last used, as it lets go of its server. A build that never powered it has not used it. */
export async function lastUse(turn: Turn): Promise<{ lastUsedAt?: Date }> {
  const { sql, operation, now } = turn;
  if (operation.kind !== 'build') {
    return { lastUsedAt: now };
  }
  const { uuid: node } = nodeOf(turn);
  const step = powerCycleToNetwork.name;
  const powered = await sql.operationStep.findFirst({
    where: { operationId: operation.id, step, node, undo: false },
    select: { id: true },
  });
  return powered === null ? {} : { lastUsedAt: now };
}

/** The node is free: whatever still carries the old epoch is refused from here on. */
export const releaseNode: Step = {
  name: 'releaseNode',
  limitMs: ({ answerTimeoutMs }) => answerTimeoutMs,
  async begin(turn) {
    if (turn.node === undefined) {
      return;
    }
    const { uuid: subject, dataOf } = turn.node;
    await move(turn, 'release', {
      epoch: turn.node.epoch + 1,
      instanceUuid: null,
      instanceName: null,
      operationId: null,
      fault: Prisma.DbNull,
      ...(await lastUse(turn)),
    });
    if (dataOf.length > 0) {
      const context = { subject, epoch: nodeOf(turn).epoch, requestId: turn.request.requestId };
      turn.out.emit(eventOf('nodeUnwiped', context, { instance_uuids: dataOf }));
    }
    turn.operation = await turn.sql.operation.update({
      where: { id: turn.operation.id },
      data: { nodeId: null, epoch: null },
    });
    turn.node = undefined;
  },
};
