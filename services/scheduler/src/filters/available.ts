import { nodeStateOf } from '@metalcast/domain';
import type { HostFilter } from './filter.js';

/** Passes only nodes that can be claimed: free, at rest, not taken out by an operator, with a NIC to boot from. */
export const available: HostFilter = {
  name: 'NodeAvailableFilter',
  reject(host) {
    if (host.instanceUuid !== null) {
      return 'is in use by a server';
    }
    if (host.maintenance) {
      return `is in maintenance (${host.maintenanceReason ?? 'no reason given'})`;
    }
    if (host.taskState !== null && nodeStateOf(host.taskState) !== 'deleted') {
      return `is in state "${host.taskState}"`;
    }
    return host.interfaces === 0 ? 'has no network interface' : undefined;
  },
};
