import type { Capabilities, HostKind } from './host-kind.js';
import { hostName, type HostState } from './host-state.js';

export type AttributeValue = string | number | boolean;

/** Attributes that all nodes of a kind share. A claimable node is completely free, so the used amounts are 0. */
const ofKind: Readonly<Record<string, (kind: HostKind) => AttributeValue | null>> = {
  cpu_arch: ({ cpuArch }) => cpuArch,
  cpu_info: () => 'baremetal cpu',
  hypervisor_type: () => 'baremetal',
  hypervisor_version: () => 1,
  vcpus_total: ({ cpus }) => cpus,
  vcpus_used: () => 0,
  vcpus: ({ cpus }) => cpus,
  free_ram_mb: ({ memoryMb }) => memoryMb,
  total_usable_ram_mb: ({ memoryMb }) => memoryMb,
  free_disk_mb: ({ localGb }) => localGb * 1024,
  total_usable_disk_gb: ({ localGb }) => localGb,
  disk_mb_used: () => 0,
  num_instances: () => 0,
  resource_class: ({ resourceClass }) => resourceClass,
  availability_zone: ({ zone }) => zone,
  failures: ({ failures }) => failures,
};

const ofNode: Readonly<Record<string, (host: HostState) => AttributeValue | null>> = {
  host: hostName,
  nodename: ({ uuid }) => uuid,
  hypervisor_hostname: ({ uuid }) => uuid,
  name: ({ name }) => name,
  rack: ({ rack }) => rack,
  power_feed: ({ powerFeed }) => powerFeed,
  switch: ({ switchName }) => switchName,
};

/** Attributes that are a field of the node, with the field's name in the API. */
const fields: Readonly<Record<string, NodeField>> = {
  cpu_arch: 'cpu_arch',
  vcpus_total: 'cpus',
  vcpus: 'cpus',
  free_ram_mb: 'memory_mb',
  total_usable_ram_mb: 'memory_mb',
  total_usable_disk_gb: 'local_gb',
  resource_class: 'resource_class',
  availability_zone: 'availability_zone',
  host: 'service_host',
  name: 'name',
  rack: 'rack',
  power_feed: 'power_feed',
  switch: 'switch',
};

export type NodeField =
  | 'cpu_arch'
  | 'cpus'
  | 'memory_mb'
  | 'local_gb'
  | 'resource_class'
  | 'availability_zone'
  | 'service_host'
  | 'name'
  | 'rack'
  | 'power_feed'
  | 'switch';

/** Where an operator sets the attribute: a field of the node, or a capability. */
export type Source =
  { readonly field: NodeField } | { readonly field: 'capability'; readonly key: string };

/** Undefined for an attribute that is derived or constant. */
export function sourceOf(path: readonly string[]): Source | undefined {
  const [name = ''] = path;
  if (path.length > 1 || !(Object.hasOwn(ofKind, name) || Object.hasOwn(ofNode, name))) {
    return { field: 'capability', key: capabilityPath(path).join(':') };
  }
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  return field === undefined ? undefined : { field };
}

/** Whether nodes of one kind can differ in the attribute. */
export const isOfNode = ([name]: readonly string[]): boolean =>
  name !== undefined && Object.hasOwn(ofNode, name);

/**
 * A node's value by its name in Nova: an attribute of the HostState, else a capability (Nova's stats), by path, or by
 * the whole path as one key. Undefined when the node has none.
 */
export function hostAttribute(
  host: HostState,
  path: readonly string[],
): AttributeValue | undefined {
  const [name = ''] = path;
  const own = path.length === 1 && Object.hasOwn(ofNode, name) ? ofNode[name]?.(host) : null;
  return own ?? kindAttribute(host.kind, path);
}

export function kindAttribute(kind: HostKind, path: readonly string[]): AttributeValue | undefined {
  const [name = ''] = path;
  const own = path.length === 1 && Object.hasOwn(ofKind, name) ? ofKind[name]?.(kind) : null;
  if (own !== null && own !== undefined) {
    return own;
  }
  return capability(kind.capabilities, capabilityPath(path));
}

function capabilityPath(path: readonly string[]): readonly string[] {
  const [name, ...rest] = path;
  return name === 'stats' || name === 'capabilities' ? rest : path;
}

function capability(
  capabilities: Capabilities,
  path: readonly string[],
): AttributeValue | undefined {
  let value: AttributeValue | Capabilities | undefined = capabilities;
  for (const name of path) {
    value = typeof value === 'object' && Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return value === undefined && path.length > 1
    ? (flat(capabilities, path.join(':')) ?? flat(capabilities, path.join('.')))
    : plain(value);
}

/** A key may itself contain the ":" or "." that separates the parts of a path in flavors and queries. */
const flat = (capabilities: Capabilities, key: string): AttributeValue | undefined =>
  Object.hasOwn(capabilities, key) ? plain(capabilities[key]) : undefined;

const plain = (value: AttributeValue | Capabilities | undefined): AttributeValue | undefined =>
  typeof value === 'object' ? undefined : value;
