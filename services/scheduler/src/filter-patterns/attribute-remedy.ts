import type { ExtraSpec } from '@metalcast/domain';
import { sourceOf, type AttributeValue, type Source } from '../fleet/attributes.js';
import type { HostState } from '../fleet/host-state.js';
import { nodeSetCommand } from './node-set.js';

export interface Requirement {
  readonly path: readonly string[];
  readonly spec: ExtraSpec;
}

export interface Unmet extends Requirement {
  /** The node's present value. */
  readonly value: AttributeValue | undefined;
}

/**
 * How to set the node's attributes so that all requirements are met: "set the node's gpu to a100 (metalcast node set n1
 * --capability gpu=a100)". Undefined when no setting can meet them.
 */
export function attributeRemedy(
  host: HostState,
  unmet: readonly Unmet[],
  all: readonly Requirement[],
): string | undefined {
  const changes = new Map<string, Change>();
  for (const { path, value } of unmet) {
    const source = sourceOf(path);
    const name = source === undefined ? undefined : settableName(source);
    if (source === undefined || name === undefined) {
      return undefined;
    }
    changes.set(name, { source, name, value, to: valueFor(source, all) });
  }
  const wanted = [...changes.values()];
  const assignments = wanted.flatMap(({ source, to }) =>
    to === undefined ? [] : [{ source, value: to }],
  );
  if (assignments.length < wanted.length) {
    return undefined;
  }
  const command = nodeSetCommand(host, assignments);
  return wanted.map(spoken).join(', and ') + (command === undefined ? '' : ` (${command})`);
}

interface Change {
  readonly source: Source;
  readonly name: string;
  readonly value: AttributeValue | undefined;
  readonly to: string | undefined;
}

function spoken({ name, value, to }: Change, index: number): string {
  const what = `${index === 0 ? "the node's" : 'its'} ${name} to ${to}`;
  return value === undefined ? `set ${what}` : `correct ${what} if ${value} is wrong`;
}

/** The name of the attribute in the API. */
function settableName(source: Source): string | undefined {
  if (source.field !== 'capability') {
    return source.field;
  }
  return /^[\w.:-]{1,64}$/.test(source.key) ? `capability ${source.key}` : undefined;
}

const sizes = new Set(['cpus', 'memory_mb', 'local_gb']);

/** A value that meets all requirements on this attribute. */
function valueFor(source: Source, all: readonly Requirement[]): string | undefined {
  const specs = all.filter(({ path }) => isSame(sourceOf(path), source)).map(({ spec }) => spec);
  return specs
    .flatMap(({ example }) => example ?? [])
    .filter((text) => (sizes.has(source.field) ? /^[1-9]\d{0,8}$/.test(text) : text !== ''))
    .find((text) => specs.every((spec) => spec.matches(text)));
}

const isSame = (one: Source | undefined, other: Source): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
