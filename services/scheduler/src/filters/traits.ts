import { passAll, type HostFilter } from './filter.js';

const scope = 'trait:';

/** Passes nodes that have all traits which the flavor or image requires and none that it forbids: `trait:HW_GPU=required`. */
export const traits: HostFilter = {
  name: 'TraitsFilter',
  prepare({ flavor, image }) {
    const asked = [
      ...Object.entries(flavor.extra_specs),
      ...Object.entries(image?.properties ?? {}),
    ].filter(([key]) => key.startsWith(scope));
    const of = (word: string): string[] =>
      asked.filter(([, value]) => value === word).map(([key]) => key.slice(scope.length));
    const required = of('required');
    const forbidden = of('forbidden');
    if (required.length + forbidden.length === 0) {
      return passAll;
    }
    return {
      kind({ traits: own }) {
        const missing = required.filter((name) => !own.has(name));
        const unwanted = forbidden.filter((name) => own.has(name));
        if (missing.length + unwanted.length === 0) {
          return undefined;
        }
        const reason = [
          ...(missing.length > 0 ? [`lacks ${missing.join(', ')}`] : []),
          ...(unwanted.length > 0 ? [`has the forbidden ${unwanted.join(', ')}`] : []),
        ].join(' and ');
        return {
          reason,
          distance: missing.length + unwanted.length,
          detail: own.size === 0 ? 'no traits' : `traits ${[...own].sort().join(', ')}`,
          change: 'correct the traits of the node, or what the flavor asks for',
        };
      },
    };
  },
};
