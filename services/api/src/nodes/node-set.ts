import { lockNodes, nodeKeyOf, type LockedNode } from '@metalcast/db/api';
import type { Sql } from '@metalcast/db/models';
import { Fault, nodeLabel, nodeStateOf, restWithoutServer } from '@metalcast/domain';
import { setFault, type ItemFault } from './set-fault.js';

/** One item of a set, with the node that its key names. */
export interface LockedItem<T> {
  readonly item: T;
  readonly node: LockedNode;
}

/** Locks the nodes of a set. Faults NOT_FOUND, BAD_REQUEST (one is named twice), of each item that has one. */
export async function lockSet<T extends { readonly key: string }>(
  sql: Sql,
  items: readonly T[],
  action: string,
): Promise<LockedItem<T>[]> {
  const nodes = await lockNodes(
    sql,
    items.map(({ key }) => nodeKeyOf(key)),
  );
  const seen = new Set<number>();
  return eachItem(items, action, (item, place) => {
    const node = nodes[place];
    if (node === undefined) {
      throw new Fault('NOT_FOUND', { what: 'Node', id: item.key });
    }
    if (seen.has(node.id)) {
      throw new Fault('BAD_REQUEST', { reason: `Node ${nodeLabel(node)} is named twice.` });
    }
    seen.add(node.id);
    return { item, node };
  });
}

/** The results of `work` for each item. The faults of all items become one fault, and nothing is changed. */
export function eachItem<T extends { readonly key: string }, R>(
  items: readonly T[],
  action: string,
  work: (item: T, place: number) => R,
): R[] {
  const faults: ItemFault[] = [];
  const results = items.flatMap((item, place) => {
    try {
      return [work(item, place)];
    } catch (error) {
      if (!(error instanceof Fault)) {
        throw error;
      }
      faults.push({ key: item.key, fault: error });
      return [];
    }
  });
  if (faults.length > 0) {
    throw setFault(faults, { count: items.length, action });
  }
  return results;
}

/** Faults NODE_IN_USE, INVALID_STATE: a server has the node, or it is not at rest. */
export function refuseUsed(node: LockedNode, action: string): void {
  if (node.instanceUuid !== null) {
    throw new Fault('NODE_IN_USE', { node: nodeLabel(node), instance: node.instanceUuid });
  }
  refuseBusy(node, action, restWithoutServer);
}

/** Fault INVALID_STATE while an operation works on the node, or when it is in none of the `states`. */
export function refuseBusy(node: LockedNode, action: string, states?: readonly string[]): void {
  const state = nodeStateOf(node.taskState);
  if (node.operationId !== null || states?.includes(state) === false) {
    const what = { action, what: 'node', id: nodeLabel(node), attribute: 'task_state', state };
    throw new Fault('INVALID_STATE', what);
  }
}
