import { isClaimable, nodeState } from '@metalcast/domain';
import { unclaimable } from '../../fleet/claimable.js';
import type { HostState } from '../../fleet/host-state.js';
import type { RequestFilter, Miss } from '../filter.js';

/** Passes claimable nodes: no server, no work under way, a NIC to boot from. Always active, and last. */
export const free: RequestFilter = {
  name: 'NodeFreeFilter',
  prepare: () => ({
    node(host) {
      const reason = unclaimable(host);
      return reason === undefined ? undefined : { reason, ...remedy(host) };
    },
  }),
};

function remedy({ instanceUuid, taskState }: HostState): Omit<Miss, 'reason'> {
  if (instanceUuid !== null) {
    return { detail: `server ${instanceUuid}`, change: 'delete its server' };
  }
  if (taskState === nodeState.error) {
    return { change: 'repair the node: its power could not be confirmed off' };
  }
  return isClaimable(taskState)
    ? { change: 'enrol the address of the NIC that it boots from' }
    : { change: 'wait until the work on the node is done' };
}
