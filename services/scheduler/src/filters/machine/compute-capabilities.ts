import { parseExtraSpec } from '@metalcast/domain';
import {
  attributeRemedy,
  type Requirement,
  type Unmet,
} from '../../filter-patterns/attribute-remedy.js';
import {
  hostAttribute,
  isOfNode,
  kindAttribute,
  type AttributeValue,
} from '../../fleet/attributes.js';
import { listed, passAll, type KindFilter, type Miss, type NodeText } from '../filter.js';

interface Asked extends Requirement {
  readonly key: string;
}

type Value = AttributeValue | undefined;
type ValueOf = (path: readonly string[]) => Value;

const scope = 'capabilities';

/**
 * Passes nodes that meet every extra spec without scope or with scope `capabilities:`. A spec names an attribute of
 * Nova's HostState, else a capability of the node; ":" separates nested names (Nova's ComputeCapabilitiesFilter). A
 * spec on a missing attribute is not met. Fault EXTRA_SPEC_MALFORMED.
 */
export const computeCapabilities: KindFilter = {
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
      kind: (kind) => missOf(ofKinds, all, (path) => kindAttribute(kind, path)),
      ...(ofNodes.length === 0
        ? {}
        : { node: (host) => missOf(ofNodes, all, (path) => hostAttribute(host, path)) }),
    };
  },
};

function requirement(key: string, value: string): Asked[] {
  const [first, ...rest] = key.split(':');
  if (rest.length > 0 && first !== scope) {
    return [];
  }
  return [{ key, path: rest.length > 0 ? rest : [key], spec: parseExtraSpec(value, key) }];
}

/** Stops at the first unmet spec: a choice only needs to know whether the node passes. */
function missOf(
  requirements: readonly Asked[],
  all: readonly Asked[],
  valueOf: ValueOf,
): Miss | undefined {
  for (const { path, spec } of requirements) {
    const value = valueOf(path);
    if (value === undefined || !spec.matches(value)) {
      return new UnmetSpecs(requirements, all, valueOf);
    }
  }
  return undefined;
}

/** The unmet specs of a node. All of `requirements` are compared only when the text is needed. */
class UnmetSpecs implements Miss {
  private known: readonly (Asked & Unmet)[] | undefined;

  constructor(
    private readonly requirements: readonly Asked[],
    private readonly all: readonly Asked[],
    private readonly valueOf: ValueOf,
  ) {}

  get reason(): string {
    const asked = this.unmet().map(({ key, spec }) => `${key} "${spec.text}"`);
    return `does not meet the ${specs(asked)} ${listed(asked)}`;
  }

  get distance(): number {
    return this.unmet().reduce((sum, { value, spec }) => sum + distanceOf(value, spec.text), 0);
  }

  get detail(): string {
    return listed(this.unmet().map(has));
  }

  get change(): NodeText {
    const unmet = this.unmet();
    const keys = unmet.map(({ key }) => key);
    const ofFlavor = `change the flavor's ${specs(keys)} ${listed(keys)}`;
    return (host) => {
      const ofNode = attributeRemedy(host, unmet, this.all);
      return ofNode === undefined ? ofFlavor : `${ofNode}, or ${ofFlavor}`;
    };
  }

  private unmet(): readonly (Asked & Unmet)[] {
    this.known ??= this.requirements
      .map((asked) => ({ ...asked, value: this.valueOf(asked.path) }))
      .filter(({ value, spec }) => value === undefined || !spec.matches(value));
    return this.known;
  }
}

const specs = ({ length }: readonly string[]): string =>
  length === 1 ? 'extra spec' : 'extra specs';

function has({ path, value }: Unmet): string {
  const name = path.join(':');
  return value === undefined ? `no ${name} is set` : `${name} is ${value}`;
}

/** Difference of two numbers. A value that is not a number is farther, a missing value farthest. */
function distanceOf(value: Value, text: string): number {
  const [first = '', second] = text.trim().split(/\s+/);
  const asked = Number(second ?? first);
  const distance = Math.abs(asked - Number(value));
  return Number.isFinite(distance) ? distance : value === undefined ? far * 2 : far;
}

/** Larger than any difference of two attributes. */
const far = 1e12;
