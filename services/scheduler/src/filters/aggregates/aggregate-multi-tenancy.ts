import { aggregateItems } from '../../fleet/aggregate-values.js';
import type { RequestFilter } from '../filter.js';

/**
 * An aggregate with filter_tenant_id accepts servers of those projects only (Nova's AggregateMultiTenancyIsolation).
 */
export const aggregateMultiTenancy: RequestFilter = {
  name: 'AggregateMultiTenancyIsolation',
  prepare: ({ projectId }) => ({
    perRequest: true,
    kind(kind) {
      const tenants = aggregateItems(kind, 'filter_tenant_id');
      return tenants.length === 0 || (projectId !== null && tenants.includes(projectId))
        ? undefined
        : {
            reason: 'is kept for other projects',
            detail: `for ${tenants.join(', ')}`,
            change: 'add the project to filter_tenant_id of its aggregate',
          };
    },
  }),
};
