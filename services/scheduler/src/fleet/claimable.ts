import { nodeStateOf } from '@metalcast/domain';
import type { HostState } from './host-state.js';

/** Why the node cannot be claimed as it is, whatever is asked for; undefined when it can. */
export function unclaimable(host: HostState): string | undefined {
  if (host.instanceUuid !== null) {
    return 'is in use';
  }
  if (host.taskState !== null && nodeStateOf(host.taskState) !== 'deleted') {
    return `is in state "${host.taskState}"`;
  }
  return host.interfaces === 0 ? 'has no network interface' : undefined;
}
