import { describe, expect, test } from 'vitest';
import { uuidOf } from '../testing/a-fleet.js';
import { aFlavor, aRequest, asking } from '../testing/a-request.js';
import { verdictOf, type Question } from '../testing/a-verdict.js';
import type { Miss } from './filter.js';

const forImage = (properties: Record<string, unknown>): Pick<Question, 'request'> => ({
  request: aRequest({ image: { id: 'i', properties } }),
});
const forFlavor = (extraSpecs: Record<string, string>): Pick<Question, 'request'> => ({
  request: asking(extraSpecs),
});
const able = {
  traits: ['HW_GPU', 'HW_SSD'],
  resource_class: 'CUSTOM_GOLD',
  rack: 'r1',
  capabilities: {
    disk_type: 'ssd',
    bandwidth: 10,
    raid: { level: '5' },
    pci_devices: { gpu: 2, nic: '1' },
    trusted_host: 'trusted',
  },
};

describe('passes', () => {
  test.each<Question>([
    { filter: 'AllHostsFilter' },
    { filter: 'ImagePropertiesFilter', request: aRequest({ image: null }) },
    { filter: 'ImagePropertiesFilter', ...forImage({}) },
    { filter: 'ImagePropertiesFilter', ...forImage({ architecture: 'x86_64' }) },
    { filter: 'ImagePropertiesFilter', ...forImage({ hw_architecture: 'AMD64' }) },
    { filter: 'ImagePropertiesFilter', ...forImage({ architecture: '', vm_mode: null }) },
    { filter: 'ImagePropertiesFilter', ...forImage({ hypervisor_type: 'baremetal' }) },
    {
      filter: 'ImagePropertiesFilter',
      ...forImage({ architecture: 'x86_64', img_hv_type: 'baremetal', hw_vm_mode: 'baremetal' }),
    },
    { filter: 'ResourceClassFilter', ...forFlavor({}) },
    { filter: 'ResourceClassFilter', node: able, ...forFlavor({ 'resources:CUSTOM_GOLD': '1' }) },
    {
      filter: 'ResourceClassFilter',
      node: { resource_class: 'gold' },
      ...forFlavor({ 'resources:CUSTOM_GOLD': '1', 'resources:VCPU': '0' }),
    },
    { filter: 'ResourceClassFilter', ...forFlavor({ 'resources:CUSTOM_GOLD': '0' }) },
    { filter: 'ResourceClassFilter', ...forFlavor({ 'resources:MEMORY_MB': '512' }) },
    { filter: 'TraitsFilter', ...forFlavor({ HW_GPU: 'required' }) },
    { filter: 'TraitsFilter', node: able, ...forFlavor({ 'trait:HW_GPU': 'required' }) },
    { filter: 'TraitsFilter', node: able, ...forFlavor({ 'trait:HW_NVME': 'forbidden' }) },
    { filter: 'TraitsFilter', node: able, ...forImage({ 'trait:HW_SSD': 'required' }) },
    { filter: 'ComputeCapabilitiesFilter', ...forFlavor({ 'baremetal:deploy_kernel_id': 'x' }) },
    { filter: 'ComputeCapabilitiesFilter', ...forFlavor({ 'capabilities:cpu_arch': 'x86_64' }) },
    { filter: 'ComputeCapabilitiesFilter', ...forFlavor({ cpu_arch: 's== x86_64' }) },
    { filter: 'ComputeCapabilitiesFilter', ...forFlavor({ free_ram_mb: '>= 8192' }) },
    { filter: 'ComputeCapabilitiesFilter', ...forFlavor({ hypervisor_type: 'baremetal' }) },
    { filter: 'ComputeCapabilitiesFilter', node: able, ...forFlavor({ disk_type: '<in> ss' }) },
    {
      filter: 'ComputeCapabilitiesFilter',
      node: able,
      ...forFlavor({ 'capabilities:raid:level': '5', 'capabilities:stats:bandwidth': '= 9' }),
    },
    { filter: 'ComputeCapabilitiesFilter', node: able, ...forFlavor({ rack: '<or> r1 <or> r2' }) },
    ...['capabilities:cpu:model', 'capabilities:stats:cpu:model', 'capabilities:disk.0:type'].map(
      (key) => ({
        filter: 'ComputeCapabilitiesFilter',
        node: { capabilities: { 'cpu:model': 'xeon', 'disk.0:type': 'xeon' } },
        ...forFlavor({ [key]: 'xeon' }),
      }),
    ),
    {
      filter: 'ComputeCapabilitiesFilter',
      node: { capabilities: { rack: 'r7' } },
      ...forFlavor({ 'capabilities:rack': 'r7' }),
    },
    {
      filter: 'ComputeCapabilitiesFilter',
      node: { capabilities: { 'cpu:model': 'flat', cpu: { model: 'nested' } } },
      ...forFlavor({ 'capabilities:cpu:model': 'nested' }),
    },
    { filter: 'PciPassthroughFilter', ...forFlavor({}) },
    {
      filter: 'PciPassthroughFilter',
      node: able,
      ...forFlavor({ 'pci_passthrough:alias': ' gpu:2 , nic:1' }),
    },
    { filter: 'PciPassthroughFilter', ...forFlavor({ 'pci_passthrough:alias': 'gpu:0' }) },
    { filter: 'TrustedFilter', ...forFlavor({}) },
    { filter: 'TrustedFilter', ...forFlavor({ 'trust:trusted_host': '' }) },
    { filter: 'TrustedFilter', node: able, ...forFlavor({ 'trust:trusted_host': 'trusted' }) },
    { filter: 'TrustedFilter', ...forFlavor({ 'trust:trusted_host': 'unknown' }) },
  ])('$filter $request.flavor.extra_specs $request.image.properties', (question) => {
    expect(verdictOf(question)).toBeUndefined();
  });
});

describe('F91: images for other machines', () => {
  test.each<[Record<string, unknown>, Partial<Question>, Miss]>([
    [
      { architecture: 'arm64' },
      {},
      {
        reason: 'is of another architecture than the image (aarch64)',
        detail: 'it is x86_64',
        change: 'use an image for x86_64',
      },
    ],
    [
      { architecture: null, hw_architecture: 'x86_64' },
      { node: { cpu_arch: '' } },
      {
        reason: 'is of another architecture than the image (x86_64)',
        detail: 'no architecture is set',
        change: `set the node's architecture (metalcast node set ${uuidOf(1)} --arch x86_64)`,
      },
    ],
    [
      { hypervisor_type: 'qemu' },
      {},
      {
        reason: 'is bare metal, but the image is for hypervisor_type qemu',
        change: 'use an image whose hypervisor_type is baremetal, or not given',
      },
    ],
    [
      { architecture: 'arm64', hypervisor_type: 'qemu', vm_mode: 'hvm' },
      {},
      {
        reason:
          'is of another architecture than the image (aarch64), ' +
          'which is for hypervisor_type qemu and vm_mode hvm, not for bare metal',
        detail: 'it is x86_64',
        change:
          'use an image for x86_64 whose hypervisor_type and vm_mode are baremetal, or not given',
      },
    ],
    [
      { vm_mode: 'hvm' },
      {},
      {
        reason: 'is bare metal, but the image is for vm_mode hvm',
        change: 'use an image whose vm_mode is baremetal, or not given',
      },
    ],
  ])('%j', (properties, more, miss) => {
    expect(
      verdictOf({ filter: 'ImagePropertiesFilter', ...forImage(properties), ...more }),
    ).toEqual(miss);
  });
});

const change = (asked: string): string =>
  `correct the node's traits if they are wrong, or use a flavor and image that do not ${asked}`;

describe('F89 and others: a flavor demands something that the node lacks', () => {
  test.each<[string, Record<string, string>, Partial<Question>, Miss]>([
    [
      'ResourceClassFilter',
      { 'resources:CUSTOM_GOLD': '1' },
      { node: { resource_class: 'silver' } },
      {
        reason: 'is not of resource class CUSTOM_GOLD',
        detail: 'of class silver',
        change:
          "set the node's resource_class to CUSTOM_GOLD, or change the flavor's resources:CUSTOM_GOLD",
      },
    ],
    [
      'ResourceClassFilter',
      { 'resources:CUSTOM_A': '1', 'resources:CUSTOM_B': '1' },
      {},
      {
        reason: 'is not of resource class CUSTOM_A and CUSTOM_B',
        detail: 'of no class',
        change: 'use a flavor that asks for one resource class',
      },
    ],
    [
      'TraitsFilter',
      { 'trait:HW_GPU': 'required' },
      {},
      {
        reason: 'lacks trait HW_GPU',
        distance: 1,
        detail: 'no traits are set',
        change: change('require trait HW_GPU'),
      },
    ],
    [
      'TraitsFilter',
      { 'trait:A': 'required', 'trait:B': 'required', 'trait:HW_SSD': 'forbidden' },
      { node: able },
      {
        reason: 'lacks traits A, B, besides the forbidden trait HW_SSD',
        distance: 3,
        detail: 'traits HW_GPU, HW_SSD',
        change: change('require traits A, B, nor forbid trait HW_SSD'),
      },
    ],
    [
      'TraitsFilter',
      { 'trait:HW_GPU': 'forbidden' },
      { node: { traits: ['HW_GPU'] } },
      {
        reason: 'has the forbidden trait HW_GPU',
        distance: 1,
        detail: 'trait HW_GPU',
        change: change('forbid trait HW_GPU'),
      },
    ],
    [
      'ComputeCapabilitiesFilter',
      { 'capabilities:cpu_arch': 'aarch64' },
      {},
      {
        reason: 'does not meet the extra spec capabilities:cpu_arch "aarch64"',
        distance: 1e12,
        detail: 'cpu_arch is x86_64',
        change:
          `correct the node's cpu_arch to aarch64 if x86_64 is wrong (metalcast node set ${uuidOf(1)} --arch aarch64), ` +
          "or change the flavor's extra spec capabilities:cpu_arch",
      },
    ],
    [
      'ComputeCapabilitiesFilter',
      { bandwidth: '>= 25' },
      { node: able },
      {
        reason: 'does not meet the extra spec bandwidth ">= 25"',
        distance: 15,
        detail: 'bandwidth is 10',
        change:
          // The command line cannot set nested capabilities.
          "correct the node's capability bandwidth to 25 if 10 is wrong, or change the flavor's extra spec bandwidth",
      },
    ],
    [
      'ComputeCapabilitiesFilter',
      {
        'capabilities:gpu': '<or> a100 <or> h100',
        'capabilities:disk_type': 'fast ssd',
        gen: '>= 2',
      },
      { node: { capabilities: { disk_type: 'hdd', gen: 3 }, name: 'n1' } },
      {
        reason:
          'does not meet the extra specs capabilities:gpu "<or> a100 <or> h100" and capabilities:disk_type "fast ssd"',
        distance: 3e12,
        detail: 'no gpu is set and disk_type is hdd',
        change:
          "set the node's capability gpu to a100, and correct its capability disk_type to fast ssd if hdd is wrong " +
          "(metalcast node set n1 --capability 'disk_type=fast ssd' gen=3 gpu=a100), " +
          "or change the flavor's extra specs capabilities:gpu and capabilities:disk_type",
      },
    ],
    [
      'ComputeCapabilitiesFilter',
      { 'capabilities:bandwidth': '>= 25', bandwidth: '<= 20' },
      { node: { capabilities: { bandwidth: 10 } } },
      {
        reason: 'does not meet the extra spec capabilities:bandwidth ">= 25"',
        distance: 15,
        detail: 'bandwidth is 10',
        change: "change the flavor's extra spec capabilities:bandwidth",
      },
    ],
    [
      'ComputeCapabilitiesFilter',
      { rack: 'r1' },
      {},
      {
        reason: 'does not meet the extra spec rack "r1"',
        distance: 2e12,
        detail: 'no rack is set',
        change:
          `set the node's rack to r1 (metalcast node set ${uuidOf(1)} --rack r1), ` +
          "or change the flavor's extra spec rack",
      },
    ],
    [
      'PciPassthroughFilter',
      { 'pci_passthrough:alias': 'gpu:1,gpu:2' },
      { node: able },
      {
        reason: 'has too few gpu devices (3 asked)',
        distance: 1,
        detail: '2 gpu devices',
        change:
          "use a flavor with at most 2 gpu devices, or correct the node's capability pci_devices",
      },
    ],
    [
      'PciPassthroughFilter',
      { 'pci_passthrough:alias': 'gpu:4,nic:1,fpga:1' },
      { node: able },
      {
        reason: 'has too few gpu devices (4 asked) and too few fpga devices (1 asked)',
        distance: 3,
        detail: '2 gpu devices and no fpga device',
        change:
          'use a flavor with at most 2 gpu devices and without fpga devices, ' +
          "or correct the node's capability pci_devices",
      },
    ],
    [
      'PciPassthroughFilter',
      { 'pci_passthrough:alias': 'gpu:1' },
      { node: { capabilities: { pci_devices: { gpu: 'many' } } } },
      {
        reason: 'has too few gpu devices (1 asked)',
        distance: 1,
        detail: 'no gpu device',
        change: "use a flavor without gpu devices, or correct the node's capability pci_devices",
      },
    ],
    [
      'TrustedFilter',
      { 'trust:trusted_host': 'trusted' },
      {},
      {
        reason: 'is not of trust level trusted',
        detail: 'level unknown',
        change: 'have the node attested, then set its capability trusted_host to trusted',
      },
    ],
  ])('%s %j', (filter, extraSpecs, more, miss) => {
    expect(verdictOf({ filter, ...forFlavor(extraSpecs), ...more })).toEqual(miss);
  });
});

test.each<[string, Record<string, string>, string]>([
  ['ComputeCapabilitiesFilter', { 'capabilities:bandwidth': '>= fast' }, 'capabilities:bandwidth'],
  ['ComputeCapabilitiesFilter', { bandwidth: '>=' }, 'bandwidth=>='],
  ['AggregateInstanceExtraSpecsFilter', { ssd: '<or>' }, 'ssd=<or>'],
  ['PciPassthroughFilter', { 'pci_passthrough:alias': 'gpu' }, 'pci_passthrough:alias=gpu'],
  ['PciPassthroughFilter', { 'pci_passthrough:alias': 'gpu:1,' }, 'alias:count'],
  ['TraitsFilter', { 'trait:HW_GPU': 'requird' }, 'trait:HW_GPU=requird'],
  ['ResourceClassFilter', { 'resources:CUSTOM_GOLD': 'one' }, 'resources:CUSTOM_GOLD=one'],
  ['ResourceClassFilter', { 'resources:CUSTOM_GOLD': '2' }, 'resources:CUSTOM_GOLD=2'],
  ['RamFilter', { 'resources:MEMORY_MB': '8G' }, 'resources:MEMORY_MB=8G'],
])('F90: %s, malformed %j is a named error', (filter, extraSpecs, named) => {
  const judge = () => verdictOf({ filter, ...forFlavor(extraSpecs) });
  expect(judge).toThrow(expect.objectContaining({ code: 'EXTRA_SPEC_MALFORMED' }));
  expect(judge).toThrow(named);
});

test('unknown extra specs are ignored', () => {
  const request = aRequest({ flavor: aFlavor({ extra_specs: { 'quota:cpu': '>=' } }) });
  expect(verdictOf({ filter: 'ComputeCapabilitiesFilter', request })).toBeUndefined();
});
