import { parseTrait } from '@metalcast/domain';
import { passAll, type KindFilter } from '../filter.js';

const scope = 'trait:';

/**
 * Passes nodes that have every required trait of the flavor and image, and no forbidden one: `trait:HW_GPU=required`.
 * Fault EXTRA_SPEC_MALFORMED for any value but required and forbidden.
 */
export const traits: KindFilter = {
  name: 'TraitsFilter',
  prepare({ flavor, image }) {
    const asked = [
      ...Object.entries(flavor.extra_specs),
      ...Object.entries(image?.properties ?? {}),
    ]
      .filter(([key]) => key.startsWith(scope))
      .map(([key, value]) => ({ name: key.slice(scope.length), wish: parseTrait(key, value) }));
    const of = (word: string): string[] => [
      ...new Set(asked.filter(({ wish }) => wish === word).map(({ name }) => name)),
    ];
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
        return {
          reason: reasonOf(missing, unwanted),
          distance: missing.length + unwanted.length,
          detail: own.size === 0 ? 'no traits are set' : named([...own].sort()),
          change: changeFor(missing, unwanted),
        };
      },
    };
  },
};

const named = (names: readonly string[]): string =>
  `${names.length === 1 ? 'trait' : 'traits'} ${names.join(', ')}`;

function reasonOf(missing: readonly string[], unwanted: readonly string[]): string {
  if (missing.length === 0) {
    return `has the forbidden ${named(unwanted)}`;
  }
  const besides = unwanted.length === 0 ? '' : `, besides the forbidden ${named(unwanted)}`;
  return `lacks ${named(missing)}${besides}`;
}

function changeFor(missing: readonly string[], unwanted: readonly string[]): string {
  const asked = [
    ...(missing.length > 0 ? [`require ${named(missing)}`] : []),
    ...(unwanted.length > 0 ? [`forbid ${named(unwanted)}`] : []),
  ].join(', nor ');
  return `correct the node's traits if they are wrong, or use a flavor and image that do not ${asked}`;
}
