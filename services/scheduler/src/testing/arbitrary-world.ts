import type { ImageFacts } from '@metalcast/contracts';
import type { SchedulingNode } from '@metalcast/db/scheduler';
import { nodeState } from '@metalcast/domain';
import fc from 'fast-check';
import type { Aggregate } from '../fleet/host-kind.js';
import type { PlacementRequest } from '../request/placement-request.js';
import type { Settings } from '../settings.js';
import { anAggregate, aRow, uuidOf, withServer } from './a-fleet.js';
import { aFlavor, aGroup, aLocation, aRequest } from './a-request.js';
import { now } from './a-scene.js';

/** Nodes, aggregates, services and one request. Each field has few possible values, so that they often match. */
export interface World {
  readonly rows: readonly SchedulingNode[];
  readonly aggregates: readonly Aggregate[];
  readonly services: readonly { host: string; recent: boolean; disabled: boolean }[];
  readonly settings: Settings;
  readonly request: PlacementRequest;
}

const one = fc.constantFrom;
const some = { requiredKeys: [] as [] };
const hosts = ['h1', 'h2', 'h3'];
const places = {
  rack: one(null, 'r1', 'r2', 'r3'),
  power_feed: one(null, 'f1', 'f2'),
  switch: one(null, 's1', 's2'),
};

const states: readonly Partial<SchedulingNode>[] = [
  {},
  {},
  {},
  { task_state: nodeState.deleted },
  withServer(50),
  withServer(51, 'large'),
  withServer(52, 'small', nodeState.building),
  withServer(53, 'large', nodeState.deploying),
  { task_state: nodeState.error },
  { task_state: nodeState.cleaning },
];

const capabilities = fc.record(
  {
    disk_type: one('ssd', 'hdd', 'fast ssd'),
    bandwidth: one(3, 8, '8', '10.0', 'fast'),
    raid: fc.record({ level: one('1', '5', 10) }),
    pci_devices: fc.record({ gpu: one(1, 2, 4), nic: one(0, 1, '2') }),
    trusted_host: one('trusted', 'untrusted'),
    host_ip: one('10.0.0.9', '10.0.1.9', 'unknown'),
  },
  some,
);

const sizes = {
  cpus: one(0, 1, 2, 4, 8),
  memory_mb: one(1024, 2048, 4096, 8192),
  local_gb: one(10, 50, 100),
};

const row = fc
  .record({
    ...sizes,
    ...places,
    state: one(...states),
    firmware: one(null, 'bios' as const, 'uefi' as const),
    cpu_arch: one('x86_64', 'aarch64', 'AMD64', ''),
    resource_class: one(null, 'CUSTOM_GOLD', 'gold', 'silver'),
    traits: fc.subarray(['GPU', 'SSD', 'NVME']),
    capabilities,
    availability_zone: one(null, null, 'az1', 'az2'),
    service_host: one(null, ...hosts),
    maintenance: one(false, false, true),
    quarantined: one(false, false, true),
    bmc_reached: one(true, true, false),
    failures: one(0, 0, 2, 3, 5),
    failedAgo: one(1000, 3_599_999, 3_600_000, 9_000_000),
    interfaces: one(0, 1, 1, 2),
    usedAgo: one(null, 1000, 1_000_000),
  })
  .map(({ state, failedAgo, usedAgo, ...plain }) => ({
    ...plain,
    ...state,
    failed_at: plain.failures === 0 ? null : new Date(now - failedAgo),
    last_used_at: usedAgo === null ? null : new Date(now - usedAgo),
  }));

const rows = fc.array(row, { minLength: 1, maxLength: 8 }).map((list) =>
  list.map((plain, index) => {
    const id = index + 1;
    const server = plain.instance_uuid === undefined ? {} : { instance_uuid: uuidOf(50 + id) };
    return aRow({ ...plain, ...server, id });
  }),
);

const metadata = fc.record(
  {
    availability_zone: one('az1', 'az2', 'nova'),
    ram_allocation_ratio: one('2', '0.5', 'x', ''),
    cpu_allocation_ratio: one('4', '0.5', '1e0', 'many'),
    filter_tenant_id: one('p1', 'p2', 'p1, p2', 'p3,p4'),
    instance_type: one('small', 'large', 'small,large', 'huge'),
    ssd: one('true', '8', 'fast', 'slow, 8'),
    bandwidth: one('8', '3'),
  },
  some,
) as fc.Arbitrary<Record<string, string>>;

const members = fc.subarray([...hosts, ...[1, 2, 3, 4].map(uuidOf)]);
const aggregates = fc
  .array(fc.tuple(members, metadata), { maxLength: 3 })
  .map((list) => list.map(([those, told], index) => anAggregate(index + 1, those, told)));

const extraSpecs = fc.record(
  {
    'capabilities:disk_type': one(
      'ssd',
      's== ssd',
      '<or> hdd <or> ssd',
      '<in> ssd',
      's!= hdd',
      '<all-in> ssd fast',
    ),
    bandwidth: one('>= 4', '= 8', '8', '<= 3', '== 10', '!= 8', 'fast', '== x', '>='),
    'capabilities:stats:raid:level': one('5', '>= 5', '<or> 1 <or> 10'),
    'capabilities:rack': one('r1', 's>= r2'),
    'capabilities:free_ram_mb': one('>= 2048', '4096'),
    'aggregate_instance_extra_specs:ssd': one('true', '>= 4', '<in> a', '<or>'),
    'resources:CUSTOM_GOLD': one('0', '1', '1', '2'),
    'resources:VCPU': one('4', '0'),
    'resources:MEMORY_MB': one('0', '2048', '8192'),
    'resources:DISK_GB': one('0', '100'),
    'trait:GPU': one('required', 'forbidden', 'required', 'maybe'),
    'trait:SSD': one('required', 'forbidden'),
    'node:exact_size': one('true', 'True', 'false'),
    'pci_passthrough:alias': one('gpu:1', 'gpu:2, nic:1', 'gpu:1,gpu:1', 'gpu:0', 'gpu'),
    'trust:trusted_host': one('trusted', 'unknown', ''),
    'baremetal:deploy_kernel_id': one('x', '>='),
  },
  some,
) as fc.Arbitrary<Record<string, string>>;

/** Most worlds have few extra specs; with many, no node would pass. */
const fewSpecs = fc
  .tuple(extraSpecs, fc.integer({ min: 0, max: 9 }), fc.nat(15))
  .map(([specs, count, from]) => {
    const entries = Object.entries(specs);
    const turned = [...entries.slice(from), ...entries.slice(0, from)];
    return Object.fromEntries(turned.slice(0, Math.max(0, count - 2)));
  });

const flavor = fc
  .record({
    name: one('small', 'large'),
    vcpus: one(0, 1, 2, 4),
    memory_mb: one(1024, 2048, 4096, 8192),
    root_gb: one(0, 9, 10, 50),
    ephemeral_gb: one(0, 0, 1, 50),
    swap: one(0, 0, 1, 1024),
    extra_specs: fewSpecs,
  })
  .map((told) => aFlavor({ ...told, flavorid: told.name }));

const gib = 1024 ** 3;
const facts = fc
  .record({
    used_bytes: one(0, 5 * gib + 512, 10 * gib, 50 * gib),
    backup_bytes: one(0, 33 * 512),
    bios_boot_code: fc.boolean(),
    efi_readable: fc.boolean(),
  })
  .map((told): ImageFacts => ({
    ...{ table: 'gpt', sector_bytes: 512, free_entries: 100, partitions: 1, last_partition: 1 },
    ...{ backup: 'sound', bios_boot_partition: false, efi_system_partition: told.efi_readable },
    ...told,
  }));

const image = fc.record({
  id: one('plain', 'safe'),
  virtual_size: one(gib, 10 * gib, 50 * gib),
  facts: fc.option(facts, { nil: undefined }),
  properties: fc.record(
    {
      architecture: one('x86_64', 'arm64', ''),
      hypervisor_type: one('baremetal', 'qemu'),
      vm_mode: one('baremetal', 'baremetal', 'hvm'),
      'trait:NVME': one('required', 'forbidden'),
    },
    some,
  ),
});

const servers = [1, 2, 3].map((id) => uuidOf(20 + id));
const place = fc
  .record({ ...places, host: one(null, ...hosts), id: one(1, 2, 3, 90, 91) })
  .map(({ id, power_feed: powerFeed, switch: switchName, ...rest }) =>
    aLocation({ ...rest, powerFeed, switchName, uuid: uuidOf(id) }),
  );
const standing = fc
  .array(fc.tuple(one(...servers), place), { maxLength: 3 })
  .map((list) => new Map(list));
const named = fc.subarray(servers, { minLength: 1 });

const hints = fc.record(
  {
    same_host: named,
    different_host: named,
    same_rack: named,
    different_rack: named,
    same_power_feed: named,
    different_power_feed: named,
    same_switch: named,
    different_switch: named,
    build_near_host_ip: one('10.0.0.1', '10.0.1.200'),
    cidr: one('/24', '23', '/32'),
    query: one(
      '[]',
      '[">=", "$free_ram_mb", 4096]',
      '["or", ["=", "$cpu_arch", "aarch64"], ["<", "$vcpus_total", 3]]',
      '["and", [">", "$bandwidth", 4], ["not", ["=", "$rack", "r1"]]]',
      '["in", "$availability_zone", "az1", "nova"]',
      '["==", 1, 1]',
    ),
  },
  some,
);

const group = fc.option(
  fc
    .record({
      policy: one('affinity', 'anti-affinity', 'soft-affinity', 'soft-anti-affinity'),
      scope: one('rack', 'power_feed', 'switch', 'host', 'node'),
      members: fc.array(place, { maxLength: 2 }),
    })
    .map((told) => aGroup(told)),
);

const seldom = <T>(list: readonly T[]): fc.Arbitrary<T[]> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<T[]>([]) },
    { weight: 1, arbitrary: fc.subarray([...list]) },
  );

const request = fc
  .record({
    flavor,
    image: fc.option(image),
    configDrive: fc.boolean(),
    projectId: one(null, 'p1', 'p2'),
    networks: one(1, 1, 1, 2, 3),
    zone: one(null, null, '', 'az1', 'az2', 'nova'),
    hints,
    group,
    places: standing,
    ignoredHosts: seldom([...hosts, uuidOf(1)]),
    triedNodes: seldom([1, 2, 3].map(uuidOf)),
    instanceUuid: fc.option(fc.uuid()),
  })
  .map((told) => aRequest(told));

const settings = fc.record({
  ramAllocationRatio: one(1, 1.5),
  cpuAllocationRatio: one(1, 16),
  diskAllocationRatio: one(1, 0.5),
  maxIoOpsPerHost: one(1, 2),
  maxInstancesPerHost: one(1, 2),
  isolatedImages: seldom(['safe']),
  isolatedHosts: fc.subarray(['h1', uuidOf(2)]),
  restrictIsolatedHostsToIsolatedImages: fc.boolean(),
  maxFailures: fc.constant(3),
  failureWindowMs: fc.constant(3_600_000),
});

const services = fc.tuple(
  ...hosts.map((host) =>
    fc.record({ host: fc.constant(host), recent: fc.boolean(), disabled: one(false, false, true) }),
  ),
);

export const worlds: fc.Arbitrary<World> = fc.record({
  rows,
  aggregates,
  services,
  settings,
  request,
});

const noServer = { instance_uuid: null, instance_flavor: null };

/** Worlds with few conditions: usually some nodes pass. */
export const easyWorlds: fc.Arbitrary<World> = fc
  .tuple(worlds, fc.boolean())
  .map(([world, isGrouped]) => ({
    ...world,
    rows: world.rows.map((one) =>
      one.id % 3 === 0
        ? one
        : {
            ...one,
            ...noServer,
            task_state: null,
            maintenance: false,
            bmc_reached: true,
            interfaces: 1,
          },
    ),
    request: {
      ...world.request,
      hints: {},
      image: null,
      zone: null,
      group: isGrouped ? world.request.group : null,
      flavor: aFlavor({ memory_mb: 1024, vcpus: 1, root_gb: 10, flavorid: 'small' }),
    },
  }));
