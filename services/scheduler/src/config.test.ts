import { loadConfig } from '@metalcast/config';
import { expect, test } from 'vitest';
import { options, settingsOf, type Config } from './config.js';
import { availableFilters, defaultFilters, filtersByName } from './filters/index.js';
import { weighersWith } from './weighers/index.js';

const needed = {
  DATABASE_URL: 'postgresql://localhost/metalcast',
  AMQP_URL: 'amqp://localhost/',
  METALCAST_INSTANCE_PUBLIC_KEY_FILE: '/instance-public.json',
};
const load = (env: Record<string, string> = {}): Config =>
  loadConfig(options, { env: { ...needed, ...env } });

test('default options', () => {
  const config = load();
  expect(config.filters).toEqual(defaultFilters);
  expect(config).toMatchObject({ weighers: {}, hostSubsetSize: 1, ramAllocationRatio: 1 });
  expect(settingsOf(config)).toMatchObject({
    cpuAllocationRatio: 1,
    diskAllocationRatio: 1,
    maxIoOpsPerHost: 8,
    maxInstancesPerHost: 50,
    isolatedImages: [],
    restrictIsolatedHostsToIsolatedImages: true,
    maxFailures: 3,
    failureWindowMs: 3_600_000,
  });
});

test("filters by Nova's names; the always active ones need no mention", () => {
  const { filters } = load({ METALCAST_FILTERS: 'ComputeFilter, RamFilter' });
  expect(filters).toEqual(['ComputeFilter', 'RamFilter']);
  expect(filtersByName(filters).map(({ name }) => name)).toEqual([
    'RamFilter',
    'NetworkInterfacesFilter',
    'IgnoredHostsFilter',
    'MaintenanceFilter',
    'BmcReachedFilter',
    'ComputeFilter',
    'NodeFreeFilter',
  ]);
});

test('every filter of Nova 2013 is known by its name', () => {
  const nova2013 =
    'AllHostsFilter RetryFilter AvailabilityZoneFilter ComputeFilter RamFilter AggregateRamFilter CoreFilter ' +
    'AggregateCoreFilter DiskFilter ComputeCapabilitiesFilter ImagePropertiesFilter AggregateInstanceExtraSpecsFilter ' +
    'AggregateMultiTenancyIsolation AggregateTypeAffinityFilter TypeAffinityFilter IsolatedHostsFilter ' +
    'DifferentHostFilter SameHostFilter SimpleCIDRAffinityFilter GroupAntiAffinityFilter GroupAffinityFilter JsonFilter ' +
    'IoOpsFilter NumInstancesFilter PciPassthroughFilter TrustedFilter';
  expect(load({ METALCAST_FILTERS: nova2013.replaceAll(' ', ',') }).filters).toHaveLength(26);
  expect(availableFilters.map(({ name }) => name)).toEqual(
    expect.arrayContaining(nova2013.split(' ')),
  );
});

test('an unknown filter is refused at the start', () => {
  expect(() => load({ METALCAST_FILTERS: 'RamFilter,RamFlter' })).toThrow(
    /filters \(METALCAST_FILTERS\): SchedulerHostFilterNotFound: unknown filter RamFlter; known filters: AllHostsFilter, /,
  );
});

test('weighers by name and number', () => {
  const { weighers } = load({
    METALCAST_WEIGHERS: 'RAMWeigher=-1, BestFitWeigher = 0,RackWeigher=.5',
  });
  expect(weighers).toEqual({ RAMWeigher: -1, BestFitWeigher: 0, RackWeigher: 0.5 });
  const used = weighersWith(weighers).map(({ weigher }) => weigher.name);
  expect(used).toContain('RAMWeigher');
  expect(used).not.toContain('BestFitWeigher');
});

test.each([
  ['RamWeigher=1', 'unknown weigher RamWeigher; known weighers: BestFitWeigher, '],
  ['RAMWeigher', 'RAMWeigher must be NAME=NUMBER'],
  ['RAMWeigher=', 'RAMWeigher= must be NAME=NUMBER'],
  ['RAMWeigher=much', 'RAMWeigher=much must be NAME=NUMBER'],
  ['RAMWeigher=1=2', 'RAMWeigher=1=2 must be NAME=NUMBER'],
  ['RAMWeigher=Infinity', 'RAMWeigher=Infinity must be NAME=NUMBER'],
])('a bad weigher is refused at the start: %s', (item, message) => {
  expect(() => load({ METALCAST_WEIGHERS: `BestFitWeigher=1,${item}` })).toThrow(message);
});

test('ratios come from the environment', () => {
  const config = load({
    METALCAST_RAM_ALLOCATION_RATIO: '1.5',
    METALCAST_CPU_ALLOCATION_RATIO: '16',
    METALCAST_DISK_ALLOCATION_RATIO: '0.9',
  });
  expect(settingsOf(config)).toMatchObject({
    ramAllocationRatio: 1.5,
    cpuAllocationRatio: 16,
    diskAllocationRatio: 0.9,
  });
});

test.each(['0', '-1', 'half', 'Infinity'])('no ratio: %s', (ratio) => {
  expect(() => load({ METALCAST_RAM_ALLOCATION_RATIO: ratio })).toThrow(/ram_allocation_ratio/);
});

test('F97: a subset size below one counts as one, as in Nova', () => {
  expect(load({ METALCAST_HOST_SUBSET_SIZE: '5' }).hostSubsetSize).toBe(5);
  expect(load({ METALCAST_HOST_SUBSET_SIZE: '0' }).hostSubsetSize).toBe(1);
  expect(load({ METALCAST_HOST_SUBSET_SIZE: '-3' }).hostSubsetSize).toBe(1);
});
