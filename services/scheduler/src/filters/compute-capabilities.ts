import { parseExtraSpec, Fault, type ExtraSpec } from '@metalcast/domain';
import { hostAttribute, isOfNode, kindAttribute } from '../fleet/attributes.js';
import { passAll, type HostFilter, type Miss } from './filter.js';

interface Requirement {
  readonly key: string;
  readonly path: readonly string[];
  readonly spec: ExtraSpec;
}

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
  const path = rest.length > 0 ? rest : [key];
  try {
    return [{ key, path, spec: parseExtraSpec(value) }];
  } catch (error) {
    if (error instanceof Fault) {
      throw new Fault(error.code, { ...error.details, value: `${key}=${value}` }, { cause: error });
    }
    throw error;
  }
}

function firstMiss(
  requirements: readonly Requirement[],
  valueOf: (path: readonly string[]) => string | number | boolean | undefined,
): Miss | undefined {
  for (const { key, path, spec } of requirements) {
    const value = valueOf(path);
    if (value === undefined || !spec.matches(value)) {
      const name = path.join(':');
      return {
        reason: `does not meet ${key} ${spec.text}`,
        ...distanceOf(value, spec.text),
        detail: value === undefined ? `it has no ${name}` : `${name} is ${value}`,
        change: `correct the node's ${name}, or the flavor's extra spec ${key}`,
      };
    }
  }
  return undefined;
}

/** For a number asked as a number. */
function distanceOf(
  value: string | number | boolean | undefined,
  text: string,
): { distance?: number } {
  const asked = Number.parseFloat(text.split(/\s+/)[1] ?? '');
  const has = Number.parseFloat(String(value));
  return Number.isFinite(asked) && Number.isFinite(has)
    ? { distance: Math.abs(asked - has) }
    : { distance: Number.MAX_VALUE };
}
