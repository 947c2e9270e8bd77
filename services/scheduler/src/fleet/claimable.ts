import { isClaimable, nodeStateOf } from '@metalcast/domain';
import type { HostState } from './host-state.js';

/** Why the node cannot be claimed by any request at present; undefined when it can. */
export function unclaimable(host: HostState): string | undefined {
  if (host.instanceUuid !== null) {
    return 'is in use';
  }
  if (!isClaimable(host.taskState)) {
    return `is in state "${nodeStateOf(host.taskState)}"`;
  }
  return host.interfaces === 0 ? 'has no network interface' : undefined;
}
