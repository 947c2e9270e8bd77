import { expect, test } from 'vitest';
import { hostFilters } from './filters/index.js';
import type { HostState } from './host-state.js';
import { diskGb, type RequestSpec } from './request-spec.js';
import { explainRejections, rejection, selectHosts } from './select-hosts.js';

const uuidOf = (id: number): string => `7c1b2c3d-0000-4000-8000-${String(id).padStart(12, '0')}`;

const aHost = (host: Partial<HostState> = {}): HostState => ({
  id: 1,
  uuid: uuidOf(host.id ?? 1),
  name: null,
  host: null,
  computeProblem: undefined,
  cpus: 4,
  memoryMb: 8192,
  localGb: 100,
  cpuArch: 'x86_64',
  availabilityZone: null,
  instanceUuid: null,
  taskState: null,
  maintenance: false,
  maintenanceReason: null,
  interfaces: 1,
  ...host,
});

const flavor: RequestSpec['flavor'] = {
  flavorid: 'small',
  name: 'small',
  memory_mb: 4096,
  vcpus: 2,
  root_gb: 20,
  ephemeral_gb: 0,
  swap: 0,
  extra_specs: {},
};
const image: RequestSpec['image'] = {
  id: uuidOf(900),
  name: 'image',
  disk_format: 'raw',
  size: 1,
  virtual_size: 1,
  sha256: '0'.repeat(64),
  min_disk: 0,
  min_ram: 0,
  properties: {},
};
const aSpec = (spec: Partial<RequestSpec> = {}): RequestSpec => ({
  instanceUuid: uuidOf(901),
  flavor,
  image,
  availabilityZone: null,
  triedNodes: [],
  ...spec,
});
const imageWith = (properties: RequestSpec['image']['properties']): Partial<RequestSpec> => ({
  image: { ...image, properties },
});
const flavorWith = (change: Partial<RequestSpec['flavor']>): Partial<RequestSpec> => ({
  flavor: { ...flavor, ...change },
});

interface Case {
  readonly filter: string;
  readonly host?: Partial<HostState>;
  readonly spec?: Partial<RequestSpec>;
  readonly reason: string;
}

const rejected: readonly Case[] = [
  {
    filter: 'ComputeFilter',
    host: { computeProblem: 'has no live compute service' },
    reason: 'has no live compute service',
  },
  {
    filter: 'RetryFilter',
    spec: { triedNodes: [uuidOf(1)] },
    reason: 'was tried already for this server',
  },
  {
    filter: 'NodeAvailableFilter',
    host: { instanceUuid: uuidOf(5), taskState: 'active' },
    reason: 'is in use by a server',
  },
  {
    filter: 'NodeAvailableFilter',
    host: { maintenance: true, maintenanceReason: 'new fan' },
    reason: 'is in maintenance (new fan)',
  },
  {
    filter: 'NodeAvailableFilter',
    host: { maintenance: true },
    reason: 'is in maintenance (no reason given)',
  },
  {
    filter: 'NodeAvailableFilter',
    host: { taskState: 'error' },
    reason: 'is in state "error"',
  },
  { filter: 'NodeAvailableFilter', host: { interfaces: 0 }, reason: 'has no network interface' },
  {
    filter: 'AvailabilityZoneFilter',
    spec: { availabilityZone: 'az1' },
    reason: 'is in zone nova, asked for az1',
  },
  {
    filter: 'AvailabilityZoneFilter',
    host: { availabilityZone: 'az1' },
    spec: { availabilityZone: 'nova' },
    reason: 'is in zone az1, asked for nova',
  },
  {
    filter: 'ImagePropertiesFilter',
    spec: imageWith({ architecture: 'arm64' }),
    reason: 'is x86_64, the image is for aarch64',
  },
  {
    filter: 'ImagePropertiesFilter',
    spec: imageWith({ img_hv_type: 'qemu' }),
    reason: 'is bare metal, the image is for hypervisor qemu',
  },
  {
    filter: 'ImagePropertiesFilter',
    spec: imageWith({ vm_mode: 'hvm' }),
    reason: 'is bare metal, the image is for vm_mode hvm',
  },
  {
    filter: 'NodeSizeFilter',
    spec: flavorWith({ memory_mb: 8193 }),
    reason: 'has 8192 MiB of memory, the flavor asks for 8193',
  },
  {
    filter: 'NodeSizeFilter',
    spec: flavorWith({ vcpus: 5 }),
    reason: 'has 4 CPUs, the flavor asks for 5',
  },
  {
    filter: 'NodeSizeFilter',
    spec: flavorWith({ root_gb: 90, ephemeral_gb: 10, swap: 1 }),
    reason: 'has 100 GiB of disk, the flavor asks for 101',
  },
];

test.each(rejected)('$filter: $reason', ({ filter, host, spec, reason }) => {
  expect(rejection(aHost(host), aSpec(spec))).toMatchObject({ filter, reason });
});

test('each filter rejects something above', () => {
  const seen = new Set(rejected.map(({ filter }) => filter));
  expect([...seen].sort()).toEqual(hostFilters.map(({ name }) => name).sort());
});

test.each<[string, Partial<HostState>, Partial<RequestSpec>]>([
  ['nothing special', {}, {}],
  ['a node used before', { taskState: 'deleted' }, {}],
  ['other nodes tried', {}, { triedNodes: [uuidOf(2)] }],
  ['the default zone by name', {}, { availabilityZone: 'nova' }],
  ['its own zone', { availabilityZone: 'az1' }, { availabilityZone: 'az1' }],
  ['no zone asked for', { availabilityZone: 'az1' }, {}],
  ['the same architecture by another name', {}, imageWith({ hw_architecture: 'AMD64' })],
  [
    'an image for bare metal',
    {},
    imageWith({ hypervisor_type: 'baremetal', vm_mode: 'baremetal' }),
  ],
  ['a fit to the last bit', {}, flavorWith({ memory_mb: 8192, vcpus: 4, root_gb: 100 })],
])('passes: %s', (_, host, spec) => {
  expect(rejection(aHost(host), aSpec(spec))).toBeUndefined();
});

test('the smallest that fits comes first, then the lower id', () => {
  const hosts = [
    aHost({ id: 1, memoryMb: 65_536, cpus: 32, localGb: 2000 }),
    aHost({ id: 4 }),
    aHost({ id: 3 }),
    aHost({ id: 2, memoryMb: 4095 }),
  ];
  const { candidates, rejections } = selectHosts(hosts, aSpec());
  expect(candidates.map(({ id }) => id)).toEqual([3, 4, 1]);
  expect(rejections.map(({ host }) => host.id)).toEqual([2]);
});

test('the reasons are counted and the most frequent leads, with some names', () => {
  const hosts = [
    aHost({ id: 1, interfaces: 0 }),
    ...[2, 3, 4, 5].map((id) => aHost({ id, name: `rack-${id}`, taskState: 'error' })),
  ];
  expect(explainRejections(selectHosts(hosts, aSpec()).rejections)).toBe(
    'Of 5 nodes: 4 is in state "error" (rack-2, rack-3, rack-4, …); ' +
      `1 has no network interface (${uuidOf(1)}).`,
  );
});

test('an empty room is told', () => {
  const { candidates, rejections } = selectHosts([], aSpec());
  expect(candidates).toEqual([]);
  expect(explainRejections(rejections)).toBe('No node is enrolled.');
});

test('swap is disk as well, in whole GiB', () => {
  expect(diskGb({ ...flavor, ephemeral_gb: 5, swap: 1025 })).toBe(27);
});
