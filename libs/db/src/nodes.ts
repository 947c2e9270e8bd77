import { Fault, nodeStateOf, nodeStates, type NodeEvent, type NodeState } from '@metalcast/domain';
import type { Node, Prisma } from './generated/client.js';
import type { Sql } from './sql.js';

export interface NodeMove {
  readonly node: Node;
  readonly from: NodeState;
  readonly to: NodeState;
}

/** Locks the node's row until the transaction ends. */
export async function lockNode(sql: Sql, id: number): Promise<Node | undefined> {
  await sql.$queryRaw`SELECT 1 FROM nodes WHERE id = ${id} FOR UPDATE`;
  return (await sql.node.findUnique({ where: { id } })) ?? undefined;
}

/**
 * Takes an edge of the node's state table, with further changes of the row in the same UPDATE.
 * The only way to write `task_state`. Fault INVALID_STATE when the node is in a state that has no such edge,
 * or in another epoch than `node` was read with.
 */
export async function moveNode(
  sql: Sql,
  node: Pick<Node, 'id' | 'uuid' | 'epoch' | 'taskState'>,
  event: NodeEvent,
  changes: Omit<Prisma.NodeUncheckedUpdateManyInput, 'taskState' | 'id'> = {},
): Promise<NodeMove> {
  const from = nodeStateOf(node.taskState);
  const to = nodeStates.next(from, event);
  if (to === undefined) {
    throw invalidState(node.uuid, event, from);
  }
  const [moved] = await sql.node.updateManyAndReturn({
    where: { id: node.id, epoch: node.epoch, taskState: node.taskState },
    data: { ...changes, taskState: to },
  });
  if (moved === undefined) {
    throw invalidState(node.uuid, event, 'another state or epoch');
  }
  return { node: moved, from, to };
}

function invalidState(id: string, action: string, state: string): Fault {
  return new Fault('INVALID_STATE', { action, what: 'node', id, attribute: 'task_state', state });
}
