import { aggregateItems } from '../../fleet/aggregate-values.js';
import type { KindFilter } from '../filter.js';

/** An aggregate with instance_type accepts those flavors only (Nova's AggregateTypeAffinityFilter). */
export const aggregateTypeAffinity: KindFilter = {
  name: 'AggregateTypeAffinityFilter',
  prepare: ({ flavor }) => ({
    kind(kind) {
      const names = aggregateItems(kind, 'instance_type');
      const flavors = names.length === 1 ? 'flavor' : 'one of the flavors';
      return names.length === 0 || names.includes(flavor.name)
        ? undefined
        : {
            reason: `is kept for other flavors than ${flavor.name}`,
            detail: `for ${names.join(', ')}`,
            change: `use ${flavors} ${names.join(', ')}, or add this one to instance_type of its aggregate`,
          };
    },
  }),
};
