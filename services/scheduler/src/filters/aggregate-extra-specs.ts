import { parseExtraSpec } from '@metalcast/domain';
import type { HostKind } from '../fleet/host-kind.js';
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
      return [{ key: rest.length > 0 ? rest.join(':') : key, spec: parseExtraSpec(value) }];
    });
    if (asked.length === 0) {
      return passAll;
    }
    return {
      kind(kind) {
        for (const { key, spec } of asked) {
          const values = metadataValues(kind, key);
          if (!values.some((value) => spec.matches(value))) {
            return {
              reason: `is in no aggregate whose ${key} is ${spec.text}`,
              detail:
                values.length === 0
                  ? `no aggregate of it has ${key}`
                  : `${key} is ${values.join(', ')}`,
              change: `add the node to an aggregate with ${key}=${spec.text}`,
            };
          }
        }
        return undefined;
      },
    };
  },
};

/** Every value of a key in the node's aggregates; those of several aggregates count side by side. */
export const metadataValues = ({ aggregates }: HostKind, key: string): string[] => [
  ...new Set(
    aggregates.flatMap(({ metadata }) => (metadata[key] === undefined ? [] : [metadata[key]])),
  ),
];
