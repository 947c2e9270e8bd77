import { metadataValues } from './aggregate-extra-specs.js';
import type { HostFilter } from './filter.js';

/** In aggregates with filter_tenant_id, passes servers of those projects only (Nova's AggregateMultiTenancyIsolation). */
export const aggregateMultiTenancy: HostFilter = {
  name: 'AggregateMultiTenancyIsolation',
  prepare: ({ projectId }) => ({
    kind(kind) {
      const tenants = metadataValues(kind, 'filter_tenant_id').flatMap((text) =>
        text.split(/\s*,\s*/),
      );
      return tenants.length === 0 || (projectId !== null && tenants.includes(projectId))
        ? undefined
        : {
            reason: 'is kept for other projects',
            change: 'add the project to filter_tenant_id of its aggregate',
          };
    },
  }),
};
