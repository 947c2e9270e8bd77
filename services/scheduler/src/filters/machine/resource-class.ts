import { parseResourceAmount } from '@metalcast/domain';
import { passAll, type KindFilter } from '../filter.js';

const scope = 'resources:';

/**
 * Passes nodes of the flavor's resource class: extra spec `resources:CUSTOM_GOLD=1` (as for Ironic) matches nodes
 * enrolled as CUSTOM_GOLD or GOLD. VCPU, MEMORY_MB and DISK_GB are sizes, which other filters judge. A count of 0 has
 * no effect; any other count than 1 is fault EXTRA_SPEC_MALFORMED, since a node is one of its class.
 */
export const resourceClass: KindFilter = {
  name: 'ResourceClassFilter',
  prepare({ flavor }) {
    const asked = Object.entries(flavor.extra_specs)
      .filter(([key]) => key.startsWith(scope))
      .map(([key, count]) => ({ key, count, name: canonical(key.slice(scope.length)) }))
      .filter(({ name }) => !sizes.has(name))
      .filter(({ key, count }) => parseResourceAmount(key, count) > 0)
      .map(({ name }) => name);
    const [wanted] = asked;
    if (wanted === undefined) {
      return passAll;
    }
    const reason = `is not of resource class ${asked.join(' and ')}`;
    return {
      kind({ resourceClass: own }) {
        if (asked.length === 1 && own !== null && canonical(own) === wanted) {
          return undefined;
        }
        return {
          reason,
          detail: own === null ? 'of no class' : `of class ${own}`,
          change:
            asked.length === 1
              ? `set the node's resource_class to ${wanted}, or change the flavor's ${scope}${wanted}`
              : 'use a flavor that asks for one resource class',
        };
      },
    };
  },
};

const sizes = new Set(['VCPU', 'MEMORY_MB', 'DISK_GB', 'PCPU'].map((name) => canonical(name)));

function canonical(name: string): string {
  const upper = name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
  return upper.startsWith('CUSTOM_') ? upper : `CUSTOM_${upper}`;
}
