import { parseExtraSpec, type ExtraSpec } from '@metalcast/domain';
import { hostAttribute, isOfNode, kindAttribute } from '../fleet/attributes.js';
import { passAll, type HostFilter, type Miss } from './filter.js';

interface Requirement {
  readonly key: string;
  readonly path: readonly string[];
  readonly spec: ExtraSpec;
}

type Value = string | number | boolean | undefined;

const scope = 'capabilities';

/**
 * Passes nodes that meet every extra spec without scope or of scope `capabilities:`: attributes of the host state by
 * Nova's names, else the node's capabilities, nested by ":" (Nova's ComputeCapabilitiesFilter). What a node does not
 * have it does not meet. Fault EXTRA_SPEC_MALFORMED.
 */
export const computeCapabilities: HostFilter = {
  name: 'ComputeCapabilitiesFilter',
  prepare({ flavor }) {
    const all = Object.entries(flavor.extra_specs).flatMap(([key, value]) =>
      requirement(key, value),
    );
    if (all.length === 0) {
      return passAll;
    }
    const ofNodes = all.filter(({ path }) => isOfNode(path));
    const ofKinds = all.filter(({ path }) => !isOfNode(path));
    return {
      kind: (kind) => firstMiss(ofKinds, (path) => kindAttribute(kind, path)),
      ...(ofNodes.length === 0
        ? {}
        : { node: (host) => firstMiss(ofNodes, (path) => hostAttribute(host, path)) }),
    };
  },
};

function requirement(key: string, value: string): Requirement[] {
  const [first, ...rest] = key.split(':');
  if (rest.length > 0 && first !== scope) {
    return [];
  }
  return [{ key, path: rest.length > 0 ? rest : [key], spec: parseExtraSpec(value, key) }];
}

function firstMiss(
  requirements: readonly Requirement[],
  valueOf: (path: readonly string[]) => Value,
): Miss | undefined {
  for (const { key, path, spec } of requirements) {
    const value = valueOf(path);
    if (value === undefined || !spec.matches(value)) {
      const name = path.join(':');
      const [node, spoken] =
        value === undefined
          ? [`set the node's ${name}`, `no ${name} is set`]
          : [`correct the node's ${name} if it is wrong`, `${name} is ${value}`];
      return {
        reason: `does not meet the extra spec ${key} "${spec.text}"`,
        distance: distanceOf(value, spec.text),
        detail: spoken,
        change: `${node}, or change the flavor's extra spec ${key}`,
      };
    }
  }
  return undefined;
}

/** How far two numbers are apart; what is no number is farther, and what is not there farthest. */
function distanceOf(value: Value, text: string): number {
  const [first = '', second] = text.trim().split(/\s+/);
  const asked = Number(second ?? first);
  const distance = Math.abs(asked - Number(value));
  return Number.isFinite(distance) ? distance : value === undefined ? far * 2 : far;
}

/** More than any difference of two attributes. */
const far = 1e12;
