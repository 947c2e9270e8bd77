import type { NodeField, Source } from '../fleet/attributes.js';
import type { Capabilities } from '../fleet/host-kind.js';
import { label, type HostState } from '../fleet/host-state.js';

export interface Assignment {
  readonly source: Source;
  readonly value: string;
}

const options: Readonly<Record<NodeField, string>> = {
  cpu_arch: '--arch',
  cpus: '--cpus',
  memory_mb: '--memory-mb',
  local_gb: '--local-gb',
  resource_class: '--resource-class',
  availability_zone: '--availability-zone',
  service_host: '--service-host',
  name: '--name',
  rack: '--rack',
  power_feed: '--power-feed',
  switch: '--switch',
};

/** Nobody types a longer command. */
const maxLength = 160;

/**
 * The shell command that sets these attributes of a node. The command replaces all capabilities, so it repeats the
 * present ones. Undefined when the command line cannot express the values or would be too long.
 */
export function nodeSetCommand(
  host: HostState,
  assignments: readonly Assignment[],
): string | undefined {
  const words = ['metalcast', 'node', 'set', word(label(host))];
  const wanted = new Map<string, string>();
  for (const { source, value } of assignments) {
    if (source.field === 'capability') {
      wanted.set(source.key, value);
    } else {
      words.push(options[source.field], word(value));
    }
  }
  if (wanted.size > 0) {
    const all = new Map<string, Capabilities[string]>([
      ...Object.entries(host.kind.capabilities),
      ...wanted,
    ]);
    words.push('--capability', ...[...all].map((entry) => capability(entry, wanted)));
  }
  const command = words.join(' ');
  return words.includes(unsayable) || command.length > maxLength ? undefined : command;
}

const unsayable = '';

/**
 * One capability on the command line: digits become a number, `true` and `false` become booleans, objects are
 * impossible.
 */
function capability(
  [key, value]: [string, Capabilities[string]],
  wanted: ReadonlyMap<string, string>,
): string {
  if (typeof value === 'object') {
    return unsayable;
  }
  const text = String(value);
  const read = /^\d+$/.test(text) ? Number(text) : text === 'true' || text === 'false' || text;
  const isKept = wanted.has(key) ? String(read) === text : read === value;
  return isKept ? word(`${key}=${text}`) : unsayable;
}

const word = (text: string): string =>
  /^[\w.,:/+@%=][\w.,:/+@%=-]*$/.test(text)
    ? text
    : /^[^-'\n][^'\n]*$/.test(text)
      ? `'${text}'`
      : unsayable;
