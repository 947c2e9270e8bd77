import { metadataValues } from './aggregate-extra-specs.js';
import type { HostFilter } from './filter.js';

/** In aggregates with instance_type, passes those flavors only (Nova's AggregateTypeAffinityFilter). */
export const aggregateTypeAffinity: HostFilter = {
  name: 'AggregateTypeAffinityFilter',
  prepare: ({ flavor }) => ({
    kind(kind) {
      const names = metadataValues(kind, 'instance_type').flatMap((text) => text.split(/\s*,\s*/));
      return names.length === 0 || names.includes(flavor.name)
        ? undefined
        : {
            reason: `is kept for other flavors than ${flavor.name}`,
            detail: `for ${names.join(', ')}`,
            change: `one of the flavors ${names.join(', ')}`,
          };
    },
  }),
};
