// Requests as they come: eight flavors, two images, fifty projects; some with a zone, traits, capabilities, a group,
// hints, or nodes tried before.
import { flavorIds, zones } from './nodes.mjs';
import { seeded } from './random.mjs';

const sizes = [
  [2, 4096, 40],
  [4, 8192, 80],
  [4, 16384, 200],
  [8, 16384, 200],
  [8, 32768, 400],
  [16, 65536, 800],
  [32, 131072, 1600],
  [64, 262144, 3000],
];

/** What a share of the requests asks for beside a flavor and an image. */
const kinds = [
  { share: 0.55, add: () => ({}) },
  { share: 0.15, add: ({ random }) => ({ zone: random.pick(zones) }) },
  { share: 0.08, specs: { 'trait:CUSTOM_NVME': 'required' } },
  { share: 0.04, specs: { 'trait:CUSTOM_LEGACY_BMC': 'forbidden', 'trait:HW_GPU': 'required' } },
  { share: 0.04, specs: { 'capabilities:boot_mode': 's== uefi', 'capabilities:disks': '>= 4' } },
  { share: 0.01, specs: { 'pci_passthrough:alias': 'gpu:2' } },
  { share: 0.04, add: (tools) => ({ group: groupOf(tools, 'anti-affinity') }) },
  { share: 0.02, add: (tools) => ({ group: groupOf(tools, 'soft-anti-affinity') }) },
  { share: 0.03, add: (tools) => hinted(tools, 'different_rack') },
  { share: 0.01, add: (tools) => hinted(tools, 'same_power_feed') },
  { share: 0.01, add: () => ({ hints: { query: '[">=", "$free_ram_mb", 65536]' } }) },
  { share: 0.02, add: ({ rows, random }) => ({ triedNodes: [random.pick(rows).uuid] }) },
];

/** Endless. `rows`: the nodes that groups and hints may name. */
export function* makeRequests(rows) {
  const random = seeded(815);
  const images = ['x86_64', 'aarch64'].map((architecture) => ({
    id: random.uuid(),
    properties: { architecture, hypervisor_type: 'baremetal' },
  }));
  const projects = Array.from({ length: 50 }, () => random.uuid());
  for (;;) {
    const { add = () => ({}), specs = {} } = kindAt(random.next());
    const index = random.below(sizes.length);
    yield {
      instanceUuid: random.uuid(),
      flavor: flavorOf(index, specs),
      image: images[random.next() < 0.15 ? 1 : 0],
      projectId: random.pick(projects),
      zone: null,
      hints: {},
      forcedHosts: [],
      forcedNodes: [],
      ignoredHosts: [],
      triedNodes: [],
      group: null,
      places: new Map(),
      ...add({ rows, random }),
    };
  }
}

export function flavorOf(index, extraSpecs = {}) {
  const [vcpus, memoryMb, rootGb] = sizes[index % sizes.length];
  return {
    flavorid: flavorIds[index % flavorIds.length],
    name: `flavor ${index % flavorIds.length}`,
    memory_mb: memoryMb,
    vcpus,
    root_gb: rootGb,
    ephemeral_gb: 0,
    swap: 0,
    extra_specs: extraSpecs,
  };
}

function kindAt(place) {
  let sum = 0;
  return kinds.find(({ share }) => (sum += share) > place) ?? kinds[0];
}

const placeOf = ({
  uuid,
  service_host: host,
  rack,
  power_feed: powerFeed,
  switch: switchName,
}) => ({
  uuid,
  host,
  rack,
  powerFeed,
  switchName,
});

function groupOf({ rows, random }, policy) {
  const members = Array.from({ length: 5 }, () => placeOf(random.pick(rows)));
  return { id: random.uuid(), name: 'group', policy, scope: 'rack', members };
}

function hinted({ rows, random }, hint) {
  const server = random.uuid();
  return { hints: { [hint]: [server] }, places: new Map([[server, placeOf(random.pick(rows))]]) };
}
