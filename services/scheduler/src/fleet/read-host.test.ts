import { describe, expect, test } from 'vitest';
import { aFleet, aHost, anAggregate, aRow, uuidOf } from '../testing/a-fleet.js';
import { hostAttribute, isOfNode } from './attributes.js';
import { aggregateValues } from './aggregate-values.js';
import { AggregateIndex, readHost } from './read-host.js';

const zone = (id: number, name: string, ...members: string[]) =>
  anAggregate(id, members, { availability_zone: name });
const ssd = anAggregate(9, ['h1'], { ssd: 'true' });

test.each([
  ['of its own', { service_host: 'h1', availability_zone: 'own' }, [zone(1, 'az1', 'h1')], 'own'],
  ['of its host’s aggregate', { service_host: 'h1' }, [ssd, zone(1, 'az1', 'h1')], 'az1'],
  ['of its own aggregate', {}, [ssd, zone(1, 'az1', uuidOf(1))], 'az1'],
  [
    'of the elder of two',
    { service_host: 'h1' },
    [zone(2, 'b', uuidOf(1)), zone(1, 'a', 'h1')],
    'a',
  ],
  ['the default', { service_host: 'h2' }, [ssd, zone(1, 'az1', 'h1')], 'nova'],
  ['the default, without aggregates', {}, [], 'nova'],
])('its zone is %s', (_, row, aggregates, expected) => {
  expect(aHost(row, aggregates).kind.zone).toBe(expected);
});

test("a node has its host's aggregates and its own, each once, by id", () => {
  const both = anAggregate(2, ['h1', uuidOf(1)], {});
  const others = [anAggregate(3, [uuidOf(1)], {}), anAggregate(4, ['h2', uuidOf(2)], {})];
  const { aggregates } = aHost({ service_host: 'h1' }, [
    ...others,
    both,
    anAggregate(1, ['h1'], {}),
  ]).kind;
  expect(aggregates.map(({ id }) => id)).toEqual([1, 2, 3]);
});

test('values of several aggregates are merged without duplicates', () => {
  const { kind } = aHost({ service_host: 'h1' }, [
    ssd,
    anAggregate(2, ['h1'], { ssd: 'false' }),
    anAggregate(3, ['h1'], { ssd: 'true' }),
  ]);
  expect([...aggregateValues(kind, 'ssd')].sort()).toEqual(['false', 'true']);
  expect(aggregateValues(kind, 'constructor')).toEqual([]);
});

describe('kinds', () => {
  const base = {
    service_host: 'h1',
    traits: ['B', 'A'],
    capabilities: { disk: { type: 'ssd' } },
    resource_class: 'gold',
  };

  test.each([
    ['names, places and states', { name: 'n', rack: 'r', power_feed: 'f', switch: 's' }],
    ['the order of traits', { traits: ['A', 'B'] }],
    ['maintenance, quarantine, use', { maintenance: true, quarantined: true, interfaces: 7 }],
  ])('%s make no other', (_, difference) => {
    const fleet = aFleet([base, { ...base, ...difference }], [ssd]);
    expect(fleet.get(2)?.kind).toBe(fleet.get(1)?.kind);
  });

  test.each([
    { cpus: 5 },
    { memory_mb: 5 },
    { local_gb: 5 },
    { cpu_arch: 'aarch64' },
    { resource_class: null },
    { traits: ['A'] },
    { capabilities: { disk: { type: 'hdd' } } },
    { availability_zone: 'az1' },
    { service_host: null },
    { failures: 1 },
  ])('%j makes another', (difference) => {
    const fleet = aFleet([base, { ...base, ...difference }], [ssd]);
    expect(fleet.get(2)?.kind).not.toBe(fleet.get(1)?.kind);
  });

  test('a node with failures is of a kind of its own', () => {
    const failed = { failures: 2, failed_at: new Date(5) };
    const fleet = aFleet([failed, failed]);
    expect(fleet.get(2)?.kind).not.toBe(fleet.get(1)?.kind);
    expect(fleet.get(1)?.kind).toMatchObject({ failures: 2, failedAt: 5 });
  });

  test('changed metadata makes another kind', () => {
    const fleet = aFleet([base], [ssd]);
    const before = fleet.get(1)?.kind;
    const changed = new AggregateIndex([anAggregate(9, ['h1'], { ssd: 'false' })]);
    expect(readHost(aRow(base), changed, fleet).host.kind).not.toBe(before);
  });
});

test('all fields of the row are read', () => {
  const row = {
    version: 7,
    name: 'n1',
    service_host: 'h1',
    rack: 'r1',
    power_feed: 'f1',
    switch: 's1',
    instance_uuid: uuidOf(5),
    instance_flavor: 'small',
    task_state: 'active',
    maintenance: true,
    maintenance_reason: 'fan',
    quarantined: true,
    quarantine_reason: 'odd',
    interfaces: 2,
    last_used_at: new Date(9),
  };
  expect(aHost(row)).toMatchObject({
    id: 1,
    uuid: uuidOf(1),
    name: 'n1',
    version: 7,
    host: 'h1',
    rack: 'r1',
    powerFeed: 'f1',
    switchName: 's1',
    instanceUuid: uuidOf(5),
    instanceFlavor: 'small',
    taskState: 'active',
    maintenance: true,
    maintenanceReason: 'fan',
    quarantined: true,
    quarantineReason: 'odd',
    interfaces: 2,
    lastUsedAt: 9,
  });
});

test.each([
  ['cpu_arch', 'x86_64'],
  ['vcpus_total', 4],
  ['vcpus_used', 0],
  ['free_ram_mb', 8192],
  ['total_usable_ram_mb', 8192],
  ['free_disk_mb', 102_400],
  ['total_usable_disk_gb', 100],
  ['hypervisor_type', 'baremetal'],
  ['hypervisor_version', 1],
  ['cpu_info', 'baremetal cpu'],
  ['num_instances', 0],
  ['availability_zone', 'nova'],
  ['failures', 0],
  ['host', 'h1'],
  ['nodename', uuidOf(1)],
  ['hypervisor_hostname', uuidOf(1)],
  ['rack', 'r1'],
  ['power_feed', undefined],
  // A capability is used where the node's attribute is not set.
  ['resource_class', 'from capabilities'],
  ['disk.type', 'ssd'],
  ['stats.disk.type', 'ssd'],
  ['capabilities.disk.type', 'ssd'],
  ['disk', undefined],
  ['disk.size', undefined],
  ['disk.type.more', undefined],
  ['constructor', undefined],
  ['', undefined],
])('attribute %s is %s', (name, value) => {
  const host = aHost({
    service_host: 'h1',
    rack: 'r1',
    capabilities: { disk: { type: 'ssd' }, resource_class: 'from capabilities' },
  });
  expect(hostAttribute(host, name.split('.'))).toBe(value);
});

test('only attributes that differ within a kind are read from nodes', () => {
  expect(
    ['rack', 'host', 'name', 'free_ram_mb', 'disk'].filter((name) => isOfNode([name])),
  ).toEqual(['rack', 'host', 'name']);
});
