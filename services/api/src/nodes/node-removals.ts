import { eventOf } from '@metalcast/contracts';
import { removeNodes, type LockedNode } from '@metalcast/db/api';
import type { ModelDatabase } from '@metalcast/db/models';
import { eachItem, lockSet, refuseUsed } from './node-set.js';

const removed = 'removed';

/** Takes machines off the list. */
export class NodeRemovals {
  constructor(private readonly database: ModelDatabase) {}

  /**
   * Removes the nodes that the keys (uuid or name) name: all or none; their interfaces for good, so that their MACs
   * can come back. As many statements for a thousand as for one. Faults, of each node that has one: NOT_FOUND,
   * NODE_IN_USE, INVALID_STATE, BAD_REQUEST (named twice).
   */
  async remove(
    keys: readonly string[],
    { requestId }: { readonly requestId: string },
  ): Promise<Pick<LockedNode, 'uuid' | 'name'>[]> {
    return this.database.transaction(async ({ sql, out }) => {
      const items = keys.map((key) => ({ key }));
      const locked = await lockSet(sql, items, removed);
      const keyed = locked.map(({ item, node }) => ({ ...item, node }));
      const nodes = eachItem(keyed, removed, ({ node }) => {
        refuseUsed(node, 'delete');
        return node;
      });
      await removeNodes(sql, nodes);
      for (const { uuid: subject, name } of nodes) {
        out.emit(eventOf('nodeRemoved', { subject, requestId }, { name }));
      }
      return nodes;
    });
  }
}
