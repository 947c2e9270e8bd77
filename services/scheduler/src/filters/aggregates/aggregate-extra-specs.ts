import { parseExtraSpec, type ExtraSpec } from '@metalcast/domain';
import { aggregateItems } from '../../fleet/aggregate-values.js';
import type { HostKind } from '../../fleet/host-kind.js';
import { listed, passAll, type KindFilter, type Miss } from '../filter.js';

interface Asked {
  readonly name: string;
  readonly spec: ExtraSpec;
}

const scope = 'aggregate_instance_extra_specs';

/**
 * Passes nodes whose aggregates meet every extra spec without scope or with scope `aggregate_instance_extra_specs:`.
 * One value of the aggregates' metadata key must match; commas separate several values (Nova's
 * AggregateInstanceExtraSpecsFilter). Fault EXTRA_SPEC_MALFORMED.
 */
export const aggregateExtraSpecs: KindFilter = {
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
        const unmet = asked.filter(
          ({ name, spec }) => !aggregateItems(kind, name).some((value) => spec.matches(value)),
        );
        return unmet.length === 0 ? undefined : missOf(unmet, kind);
      },
    };
  },
};

function missOf(unmet: readonly Asked[], kind: HostKind): Miss {
  const wanted = unmet.map(({ name, spec }) => `whose ${name} meets "${spec.text}"`);
  return {
    reason: `is in no aggregate ${wanted.join(', and in none ')}`,
    detail: () => listed(unmet.map(({ name }) => valuesOf(kind, name))),
    change: `add the node to an aggregate ${wanted.join(', and to one ')}`,
  };
}

function valuesOf(kind: HostKind, name: string): string {
  const values = aggregateItems(kind, name);
  return values.length === 0
    ? `none of its aggregates has ${name}`
    : `${name} of its aggregates is ${values.join(', ')}`;
}
