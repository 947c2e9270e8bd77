import type { SchedulingNode } from '@metalcast/db/scheduler';
import { nodeState } from '@metalcast/domain';
import { now } from './a-scene.js';
import type { World } from './arbitrary-world.js';

/**
 * A plain second implementation of Nova's filters, on rows, to compare the real filters with. `Malformed` is thrown for
 * a request that cannot be judged.
 */
export class Malformed extends Error {}

const mib = 1024 ** 2;

type Passes = (node: SchedulingNode, world: World) => boolean;

const hostOf = (node: SchedulingNode): string => node.service_host ?? node.uuid;

/* eslint-disable complexity -- Nova's table, one line for each operator */
/** Nova's match(value, req). Reports an operator without an operand, and one without a number. */
export function match(value: string, req: string): boolean {
  const words = req.trim().split(/\s+/);
  const [op = '', operand] = words;
  const isNumber = (text: string): boolean => text.trim() !== '' && !Number.isNaN(Number(text));
  if (op === '<or>') {
    if (operand === undefined) throw new Malformed(req);
    for (let at = 1; at < words.length; at += 2) {
      if (words[at] === value) return true;
    }
    return false;
  }
  const ops = ['=', '==', '!=', '>=', '<=', 's==', 's!=', 's<', 's<=', 's>', 's>=', '<in>'];
  if (op !== '<all-in>' && !ops.includes(op)) return value === req;
  if (operand === undefined) throw new Malformed(req);
  if (op === '<all-in>') return words.slice(1).every((word) => value.includes(word));
  if (op === '<in>') return value.includes(operand);
  if (op === 's==') return value === operand;
  if (op === 's!=') return value !== operand;
  if (op === 's<') return value < operand;
  if (op === 's<=') return value <= operand;
  if (op === 's>') return value > operand;
  if (op === 's>=') return value >= operand;
  if (!isNumber(operand)) throw new Malformed(req);
  if (!isNumber(value)) return false;
  if (op === '==') return Number(value) === Number(operand);
  if (op === '!=') return Number(value) !== Number(operand);
  if (op === '<=') return Number(value) <= Number(operand);
  return Number(value) >= Number(operand);
}
/* eslint-enable complexity */

function metadataOf(node: SchedulingNode, world: World, key: string): string[] {
  const found: string[] = [];
  for (const { members, metadata } of world.aggregates) {
    const isMember =
      members.has(node.uuid) || (node.service_host !== null && members.has(node.service_host));
    if (isMember && metadata[key] !== undefined) {
      found.push(metadata[key]);
    }
  }
  return found;
}

const zoneOf = (node: SchedulingNode, world: World): string =>
  node.availability_zone ?? metadataOf(node, world, 'availability_zone')[0] ?? 'nova';

/** An attribute of HostState, else a nested value of stats; undefined when there is none. */
function attribute(
  node: SchedulingNode,
  world: World,
  path: readonly string[],
): string | number | boolean | undefined {
  const state: Record<string, unknown> = {
    cpu_arch: node.cpu_arch,
    vcpus_total: node.cpus,
    free_ram_mb: node.memory_mb,
    rack: node.rack,
    availability_zone: zoneOf(node, world),
    stats: node.capabilities,
    ...(node.capabilities as Record<string, unknown>),
  };
  let value: unknown = state;
  for (const name of path) {
    value = (value as Record<string, unknown> | undefined)?.[name];
  }
  return (value ?? undefined) as string | number | boolean | undefined;
}

function ratioOf(node: SchedulingNode, world: World, key: string, general: number): number {
  const ratios = metadataOf(node, world, key)
    .filter((text) => text.trim() !== '')
    .map(Number)
    .filter((ratio) => !Number.isNaN(ratio));
  return ratios.length === 0 ? general : Math.min(...ratios);
}

type ScopeName = 'rack' | 'power_feed' | 'switch' | 'host' | 'node';

const domainOf = (node: SchedulingNode, scope: ScopeName): string | null =>
  ({
    rack: node.rack,
    power_feed: node.power_feed,
    switch: node.switch,
    host: node.service_host,
    node: node.uuid,
  })[scope];

interface Stands {
  readonly uuid: string;
  readonly host: string | null;
  readonly rack: string | null;
  readonly powerFeed: string | null;
  readonly switchName: string | null;
}

function isTogether(node: SchedulingNode, place: Stands, scope: ScopeName): boolean {
  const other = {
    rack: place.rack,
    power_feed: place.powerFeed,
    switch: place.switchName,
    host: place.host,
    node: place.uuid,
  }[scope];
  const own = domainOf(node, scope);
  return own === null || other === null ? own === other && node.uuid === place.uuid : own === other;
}

type PlaceHint = `${'same' | 'different'}_${'host' | 'rack' | 'power_feed' | 'switch'}`;

function nearHinted(
  node: SchedulingNode,
  { request }: World,
  hint: PlaceHint,
  scope: ScopeName,
): boolean | undefined {
  return request.hints[hint]?.some((uuid) => {
    const place = request.places.get(uuid);
    return place !== undefined && isTogether(node, place, scope);
  });
}

const same =
  (scope: 'host' | 'rack' | 'power_feed' | 'switch'): Passes =>
  (node, world) =>
    nearHinted(node, world, `same_${scope}`, scope) !== false;
const different =
  (scope: 'host' | 'rack' | 'power_feed' | 'switch'): Passes =>
  (node, world) =>
    nearHinted(node, world, `different_${scope}`, scope) !== true;

const serversOf = (node: SchedulingNode, { rows }: World): SchedulingNode[] =>
  rows.filter((row) => row.instance_uuid !== null && hostOf(row) === hostOf(node));

const arch = (name: string): string =>
  ({ amd64: 'x86_64', arm64: 'aarch64' })[name.toLowerCase()] ?? name.toLowerCase();

/** Requested sizes, with Placement's extra specs; an extra spec of 0 means no demand. */
function askedOf({ request: { flavor } }: World): { cpus: number; mib: number; gib: number } {
  const disk = flavor.root_gb + flavor.ephemeral_gb + Math.ceil(flavor.swap / 1024);
  const specs = flavor.extra_specs;
  return {
    cpus: Number(specs['resources:VCPU'] ?? flavor.vcpus),
    mib: Number(specs['resources:MEMORY_MB'] ?? flavor.memory_mb),
    gib: Number(specs['resources:DISK_GB'] ?? disk),
  };
}

const specsOf = (
  { request }: World,
  isWanted: (scope: string) => boolean,
): [path: string[], req: string][] =>
  Object.entries(request.flavor.extra_specs).flatMap(([key, req]): [string[], string][] => {
    const [scope = '', ...rest] = key.split(':');
    return rest.length === 0 ? [[[key], req]] : isWanted(scope) ? [[rest, req]] : [];
  });

/** Like `every`, but without stopping early, so that a malformed item is always found. */
const all = <T>(list: readonly T[], holds: (item: T) => boolean): boolean =>
  list.map(holds).every(Boolean);

const passesQuery: Passes = (node, world) => {
  const get = (name: string): unknown => attribute(node, world, [name]);
  const more = (value: unknown, than: number): boolean => typeof value === 'number' && value > than;
  switch (world.request.hints.query) {
    case undefined:
    case '[]':
      return true;
    case '[">=", "$free_ram_mb", 4096]':
      return node.memory_mb >= 4096;
    case '["or", ["=", "$cpu_arch", "aarch64"], ["<", "$vcpus_total", 3]]':
      return node.cpu_arch === 'aarch64' || node.cpus < 3;
    case '["and", [">", "$bandwidth", 4], ["not", ["=", "$rack", "r1"]]]':
      return more(get('bandwidth'), 4) && node.rack !== 'r1';
    case '["in", "$availability_zone", "az1", "nova"]':
      return ['az1', 'nova'].includes(zoneOf(node, world));
    default:
      throw new Malformed('query');
  }
};

export const nova: Readonly<Record<string, Passes>> = {
  AllHostsFilter: () => true,
  RetryFilter: ({ uuid }, { request }) => !request.triedNodes.includes(uuid),
  IgnoredHostsFilter: (node, { request }) => !request.ignoredHosts.includes(hostOf(node)),
  AvailabilityZoneFilter: (node, world) => {
    const { zone } = world.request;
    return zone === null || zone === '' || zone === zoneOf(node, world);
  },
  ComputeFilter: (node, { services }) =>
    services.some(({ recent, disabled }) => recent && !disabled) &&
    !services.some(({ host, disabled }) => disabled && host === node.service_host),
  RamFilter: (node, world) =>
    node.memory_mb * world.settings.ramAllocationRatio >= askedOf(world).mib,
  CoreFilter: (node, world) =>
    node.cpus === 0 || node.cpus * world.settings.cpuAllocationRatio >= askedOf(world).cpus,
  DiskFilter: (node, world) =>
    node.local_gb * world.settings.diskAllocationRatio >= askedOf(world).gib,
  AggregateRamFilter: (node, world) =>
    node.memory_mb *
      ratioOf(node, world, 'ram_allocation_ratio', world.settings.ramAllocationRatio) >=
    askedOf(world).mib,
  AggregateCoreFilter: (node, world) =>
    node.cpus === 0 ||
    node.cpus * ratioOf(node, world, 'cpu_allocation_ratio', world.settings.cpuAllocationRatio) >=
      askedOf(world).cpus,
  ExactSizeFilter: (node, world) => {
    const specs = world.request.flavor.extra_specs;
    const { cpus, mib, gib } = askedOf(world);
    return (
      !/^true$/i.test(specs['node:exact_size'] ?? '') ||
      ((specs['resources:VCPU'] === '0' || node.cpus === cpus) &&
        (specs['resources:MEMORY_MB'] === '0' || node.memory_mb === mib) &&
        (specs['resources:DISK_GB'] === '0' || node.local_gb === gib))
    );
  },
  ComputeCapabilitiesFilter: (node, world) =>
    all(
      specsOf(world, (scope) => scope === 'capabilities'),
      ([path, req]) => {
        match('', req);
        const value = attribute(node, world, path);
        return value !== undefined && match(String(value), req);
      },
    ),
  AggregateInstanceExtraSpecsFilter: (node, world) =>
    all(
      specsOf(world, (scope) => scope === 'aggregate_instance_extra_specs'),
      ([path, req]) => {
        match('', req);
        return metadataOf(node, world, path.join(':'))
          .flatMap((text) => text.split(/, */))
          .some((value) => match(value, req));
      },
    ),
  ImagePropertiesFilter: (node, { request }) => {
    const {
      architecture,
      hypervisor_type: hypervisor,
      vm_mode: mode,
    } = (request.image?.properties ?? {}) as Record<string, string | undefined>;
    const isIn = (asked: string | undefined, own: string): boolean =>
      asked === undefined || asked === '' || arch(asked) === own;
    return (
      isIn(architecture, arch(node.cpu_arch)) &&
      isIn(hypervisor, 'baremetal') &&
      isIn(mode, 'baremetal')
    );
  },
  ImageFirmwareFilter: ({ firmware }, { request: { image } }) => {
    const { bios_boot_code: bios = false, efi_readable: uefi = false } = image?.facts ?? {};
    return firmware === null || bios === uefi || (firmware === 'bios' ? bios : uefi);
  },
  ImageSizeFilter: (node, { request: { image, flavor, configDrive } }) => {
    const { virtual_size: size = 0, facts } = image ?? {};
    const extra = (flavor.swap + (configDrive ? 4 : 0)) * mib;
    const used = Math.ceil(Math.max(facts?.used_bytes ?? 0, mib) / mib) * mib;
    const whole = facts === undefined || extra === 0 ? 0 : used + extra + facts.backup_bytes;
    return size === 0 || Math.max(size, whole) <= node.local_gb * 1024 * mib;
  },
  AggregateMultiTenancyIsolation: (node, world) => {
    const tenants = metadataOf(node, world, 'filter_tenant_id').flatMap((text) =>
      text.split(/, */),
    );
    return tenants.length === 0 || tenants.includes(world.request.projectId ?? 'nobody');
  },
  AggregateTypeAffinityFilter: (node, world) => {
    const names = metadataOf(node, world, 'instance_type').flatMap((text) => text.split(/, */));
    return names.length === 0 || names.includes(world.request.flavor.name);
  },
  TypeAffinityFilter: (node, world) =>
    serversOf(node, world).every((row) => row.instance_flavor === world.request.flavor.flavorid),
  IsolatedHostsFilter: (node, { request, settings }) => {
    const image = settings.isolatedImages.includes(request.image?.id ?? '');
    const host =
      settings.isolatedHosts.includes(hostOf(node)) || settings.isolatedHosts.includes(node.uuid);
    return settings.restrictIsolatedHostsToIsolatedImages ? image === host : !image || host;
  },
  SameHostFilter: same('host'),
  DifferentHostFilter: different('host'),
  SameRackFilter: same('rack'),
  DifferentRackFilter: different('rack'),
  SamePowerFeedFilter: same('power_feed'),
  DifferentPowerFeedFilter: different('power_feed'),
  SameSwitchFilter: same('switch'),
  DifferentSwitchFilter: different('switch'),
  GroupAffinityFilter: (node, { request: { group } }) =>
    group?.policy !== 'affinity' ||
    group.members.length === 0 ||
    group.members.some((member) => isTogether(node, member, group.scope)),
  GroupAntiAffinityFilter: (node, { request: { group } }) =>
    group?.policy !== 'anti-affinity' ||
    !group.members.some((member) => isTogether(node, member, group.scope)),
  SimpleCIDRAffinityFilter: (node, world) => {
    const { build_near_host_ip: near, cidr = '/24' } = world.request.hints;
    if (near === undefined) return true;
    const ip = String(attribute(node, world, ['host_ip']) ?? '');
    const bits = (address: string): string =>
      address
        .split('.')
        .map((part) => Number(part).toString(2).padStart(8, '0'))
        .join('')
        .slice(0, Number(cidr.replace('/', '')));
    return /^[\d.]+$/.test(ip) && bits(ip) === bits(near);
  },
  JsonFilter: passesQuery,
  IoOpsFilter: (node, world) =>
    serversOf(node, world).filter((row) => row.task_state !== nodeState.active).length <
    world.settings.maxIoOpsPerHost,
  NumInstancesFilter: (node, world) =>
    serversOf(node, world).length < world.settings.maxInstancesPerHost,
  PciPassthroughFilter: (node, { request }) => {
    const text = request.flavor.extra_specs['pci_passthrough:alias'];
    const told = node.capabilities as { pci_devices?: Record<string, unknown> };
    const [gpu, nic] = [told.pci_devices?.['gpu'] ?? 0, told.pci_devices?.['nic'] ?? 0].map(Number);
    if (text === 'gpu') throw new Malformed(text);
    if (text === 'gpu:1') return Number(gpu) >= 1;
    if (text === 'gpu:1,gpu:1') return Number(gpu) >= 2;
    if (text === 'gpu:2, nic:1') return Number(gpu) >= 2 && Number(nic) >= 1;
    return true;
  },
  TrustedFilter: (node, { request }) => {
    const asked = request.flavor.extra_specs['trust:trusted_host'] ?? '';
    const told = (node.capabilities as { trusted_host?: string }).trusted_host ?? 'unknown';
    return asked === '' || asked === told;
  },
  ResourceClassFilter: (node, { request }) => {
    const asked = request.flavor.extra_specs['resources:CUSTOM_GOLD'];
    if (asked === '2') throw new Malformed(asked);
    return asked !== '1' || ['CUSTOM_GOLD', 'gold'].includes(node.resource_class ?? '');
  },
  TraitsFilter: (node, { request }) => {
    const asked: Record<string, unknown> = {
      ...request.flavor.extra_specs,
      ...request.image?.properties,
    };
    return all(['GPU', 'SSD', 'NVME'], (name) => {
      const word = asked[`trait:${name}`];
      if (word === 'maybe') throw new Malformed(name);
      const has = node.traits.includes(name);
      return word === undefined || (word === 'required') === has;
    });
  },
  NetworkInterfacesFilter: ({ interfaces }, { request }) =>
    interfaces === 0 || interfaces >= request.networks,
  MaintenanceFilter: ({ maintenance }) => !maintenance,
  QuarantineFilter: ({ quarantined }) => !quarantined,
  BmcReachedFilter: ({ bmc_reached: isReached }) => isReached,
  RecentFailuresFilter: ({ failures, failed_at: at }, { settings }) =>
    failures < settings.maxFailures ||
    at === null ||
    at.getTime() + settings.failureWindowMs <= now,
  NodeFreeFilter: (node) =>
    node.instance_uuid === null &&
    (node.task_state === null || node.task_state === nodeState.deleted) &&
    node.interfaces > 0,
};
