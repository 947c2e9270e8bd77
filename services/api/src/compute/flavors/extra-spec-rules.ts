import {
  Fault,
  parseExtraSpec,
  parsePciDevices,
  parseResourceAmount,
  parseTrait,
} from '@metalcast/domain';

/** How the scheduler reads an extra spec. A value that the scheduler could not read is refused before it is stored. */
interface Rule {
  readonly applies: (key: string) => boolean;
  /** Why the value is malformed, or undefined. */
  readonly problem: (value: string, key: string) => string | undefined;
}

const anyOf =
  (...words: readonly string[]) =>
  (value: string): string | undefined =>
    words.includes(value) ? undefined : `it must be ${words.join(' or ')}`;

const startsWith =
  (prefix: string) =>
  (key: string): boolean =>
    key.startsWith(prefix);

const upperCaseName = /^[A-Z0-9_]{1,255}$/;

const named =
  (prefix: string, what: string, problem: Rule['problem']): Rule['problem'] =>
  (value, key) =>
    upperCaseName.test(key.slice(prefix.length))
      ? problem(value, key)
      : `${what} is named in capital letters, digits and _`;

/** The message of the scheduler's own parser is the problem. */
const readBy =
  (parse: (key: string, value: string) => unknown): Rule['problem'] =>
  (value, key) => {
    parse(key, value);
    return undefined;
  };

const operators = readBy((key, value) => parseExtraSpec(value, key));

/** Keys of the pages of 2013, which wrote them in more than one way, and the one way in which they are read. */
const namedNow: ReadonlyMap<string, string> = new Map([
  ['cpu-arch', 'cpu_arch'],
  ['deploy_kernel_id', 'baremetal:deploy_kernel_id'],
  ['deploy_ramdisk_id', 'baremetal:deploy_ramdisk_id'],
]);

/** The first rule that applies counts. Keys of other scopes are not checked. */
const rules: readonly Rule[] = [
  {
    applies: (key) => namedNow.has(key),
    problem: (_, key) => `the key is ${namedNow.get(key) ?? ''}`,
  },
  {
    applies: startsWith('trait:'),
    problem: named('trait:', 'a trait', readBy(parseTrait)),
  },
  {
    applies: startsWith('resources:'),
    problem: named('resources:', 'a resource class', readBy(parseResourceAmount)),
  },
  { applies: (key) => key === 'pci_passthrough:alias', problem: readBy(parsePciDevices) },
  { applies: startsWith('aggregate_instance_extra_specs:'), problem: operators },
  { applies: (key) => key === 'node:exact_size', problem: anyOf('true', 'false') },
  {
    applies: (key) => !key.includes(':') || key.startsWith('capabilities:'),
    problem: operators,
  },
];

/** Fault EXTRA_SPEC_MALFORMED, which names the key, when the scheduler could not read one of the values. */
export function checkExtraSpecs(specs: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(specs)) {
    const reason = problemOf(key, value);
    if (reason !== undefined) {
      throw new Fault(
        'EXTRA_SPEC_MALFORMED',
        { key, value, reason },
        { message: `The extra spec ${key}: the value '${value}' cannot be read: ${reason}.` },
      );
    }
  }
}

function problemOf(key: string, value: string): string | undefined {
  try {
    return rules.find(({ applies }) => applies(key))?.problem(value, key);
  } catch (error) {
    if (error instanceof Fault && error.code === 'EXTRA_SPEC_MALFORMED') {
      return String(error.details['reason']);
    }
    throw error;
  }
}
