import { label } from '../../fleet/host-state.js';
import type { RequestFilter } from '../filter.js';

/** Passes nodes that are not in maintenance. */
export const maintenance: RequestFilter = {
  name: 'MaintenanceFilter',
  prepare: () => ({
    node: (host) =>
      host.maintenance
        ? {
            reason: 'is in maintenance',
            detail: host.maintenanceReason ?? 'no reason given',
            change: `end its maintenance (metalcast node set ${label(host)} --no-maintenance)`,
          }
        : undefined,
  }),
};
