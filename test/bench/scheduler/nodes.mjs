// Nodes as schedulers read them: a dozen sizes, two architectures, traits, capabilities, three zones, racks of 40,
// three quarters taken, a few in maintenance, in quarantine or with failures.
import { seeded } from './random.mjs';

const sizes = [
  [4, 8192, 100],
  [4, 16384, 240],
  [8, 16384, 240],
  [8, 32768, 480],
  [16, 32768, 480],
  [16, 65536, 960],
  [24, 65536, 960],
  [32, 131072, 1920],
  [48, 131072, 1920],
  [64, 262144, 3840],
  [96, 524288, 7680],
  [128, 1048576, 15360],
];
const traits = [
  [],
  [],
  ['HW_CPU_X86_AVX512F'],
  ['CUSTOM_NVME'],
  ['CUSTOM_NVME', 'HW_GPU'],
  ['CUSTOM_LEGACY_BMC'],
];
const capabilities = [
  { boot_mode: 'uefi', disks: 2 },
  { boot_mode: 'uefi', disks: 8 },
  { boot_mode: 'bios', disks: 2 },
  { boot_mode: 'uefi', disks: 2, pci_devices: { gpu: 4 } },
];
export const zones = ['nova', 'cellar', 'attic'];
const rackSize = 40;
const takenShare = 0.75;

export const flavorIds = ['f0', 'f1', 'f2', 'f3', 'f4', 'f5', 'f6', 'f7'];

/** `count` rows of what the scheduler reads; `taken`: share of them that have a server. */
export function makeRows(count, taken = takenShare) {
  const random = seeded(4711);
  return Array.from({ length: count }, (_, index) => {
    const [cpus, memoryMb, localGb] = random.pick(sizes);
    const rack = Math.floor(index / rackSize);
    const isTaken = random.next() < taken;
    const hasFailed = random.next() < 0.002;
    return {
      id: index + 1,
      uuid: random.uuid(),
      name: `node-${index + 1}`,
      version: 1,
      epoch: 0,
      deleted: false,
      service_host: rack % 10 === 0 ? `compute${rack % 16}` : null,
      cpus,
      memory_mb: memoryMb,
      local_gb: localGb,
      cpu_arch: random.next() < 0.15 ? 'aarch64' : 'x86_64',
      resource_class: null,
      capabilities: random.pick(capabilities),
      availability_zone: zones[rack % zones.length],
      traits: random.pick(traits),
      rack: `rack-${rack}`,
      power_feed: `feed-${Math.floor(rack / 4)}`,
      switch: `switch-${Math.floor(rack / 2)}`,
      instance_uuid: isTaken ? random.uuid() : null,
      instance_flavor: isTaken ? random.pick(flavorIds) : null,
      task_state: isTaken ? 'active' : null,
      maintenance: random.next() < 0.01,
      maintenance_reason: null,
      quarantined: random.next() < 0.005,
      quarantine_reason: null,
      failures: hasFailed ? 1 + random.below(4) : 0,
      failed_at: hasFailed ? new Date() : null,
      last_used_at: new Date(Date.now() - random.below(1e9)),
      interfaces: 1,
    };
  });
}
