import { parseExtraSpec } from '@metalcast/domain';
import { aggregateValues } from '../fleet/aggregate-values.js';
import { passAll, type HostFilter } from './filter.js';

const scope = 'aggregate_instance_extra_specs';

/**
 * Passes nodes in whose aggregates every extra spec without scope, or of scope `aggregate_instance_extra_specs:`, is
 * met by some value of that metadata key (Nova's AggregateInstanceExtraSpecsFilter). Fault EXTRA_SPEC_MALFORMED.
 */
export const aggregateExtraSpecs: HostFilter = {
  name: 'AggregateInstanceExtraSpecsFilter',
  prepare({ flavor }) {
    const asked = Object.entries(flavor.extra_specs).flatMap(([key, value]) => {
      const [first, ...rest] = key.split(':');
      if (rest.length > 0 && first !== scope) {
        return [];
      }
      const name = rest.length > 0 ? rest.join(':') : key;
      return [{ name, spec: parseExtraSpec(value, key) }];
    });
    if (asked.length === 0) {
      return passAll;
    }
    return {
      kind(kind) {
        for (const { name, spec } of asked) {
          const values = aggregateValues(kind, name);
          if (!values.some((value) => spec.matches(value))) {
            return {
              reason: `is in no aggregate whose ${name} meets "${spec.text}"`,
              detail:
                values.length === 0
                  ? `no aggregate of it has ${name}`
                  : `${name} of its aggregates is ${values.join(', ')}`,
              change: `add the node to an aggregate whose ${name} meets "${spec.text}"`,
            };
          }
        }
        return undefined;
      },
    };
  },
};
