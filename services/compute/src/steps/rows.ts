import { eventOf, type EventName } from '@metalcast/contracts';
import { moveNode, type Deployment, type Instance, type Node, type Prisma } from '@metalcast/db';
import { nodeStateOf, type NodeEvent } from '@metalcast/domain';
import type { Turn } from '../engine/step.js';

/** The node that the turn works on. Its absence is a bug in the list of steps. */
export function nodeOf(turn: Turn): Node {
  if (turn.node === undefined) {
    throw new Error(`operation ${turn.operation.id} has no node at step ${turn.operation.step}`);
  }
  return turn.node;
}

export function instanceOf(turn: Turn): Instance {
  if (turn.instance === undefined) {
    throw new Error(`operation ${turn.operation.id} has no instance`);
  }
  return turn.instance;
}

/** Takes an edge of the node's state table and announces it. */
export async function move(
  turn: Turn,
  event: NodeEvent,
  changes: Prisma.NodeUncheckedUpdateManyInput = {},
): Promise<void> {
  const before = nodeOf(turn);
  const { node, from, to } = await moveNode(turn.sql, before, event, changes);
  turn.node = node;
  turn.out.emit(
    eventOf(
      'nodeState',
      { subject: node.uuid, epoch: node.epoch, requestId: turn.request.requestId },
      { from, to, instance_uuid: before.instanceUuid },
    ),
  );
}

/** Changes the node's row within its state. */
export async function updateNode(
  turn: Turn,
  data: Omit<Prisma.NodeUncheckedUpdateInput, 'taskState'>,
): Promise<void> {
  turn.node = await turn.sql.node.update({ where: { id: nodeOf(turn).id }, data });
}

export async function updateInstance(
  turn: Turn,
  data: Prisma.InstanceUncheckedUpdateInput,
): Promise<void> {
  turn.instance = await turn.sql.instance.update({
    where: { uuid: instanceOf(turn).uuid },
    data,
  });
}

/** The ramdisk of the node's present epoch, if it has reported. */
export async function deploymentOf(turn: Turn): Promise<Deployment | undefined> {
  const { id: nodeId, epoch } = nodeOf(turn);
  const found = await turn.sql.deployment.findUnique({
    where: { nodeId_epoch: { nodeId, epoch } },
  });
  return found ?? undefined;
}

/** Announces something about the instance. */
export function tellInstance<N extends EventName>(
  turn: Turn,
  name: N,
  data: Parameters<typeof eventOf<N>>[2],
): void {
  const subject = instanceOf(turn).uuid;
  turn.out.emit(eventOf(name, { subject, requestId: turn.request.requestId }, data));
}

export const isInState = (turn: Turn, ...states: readonly string[]): boolean =>
  states.includes(nodeStateOf(nodeOf(turn).taskState));
