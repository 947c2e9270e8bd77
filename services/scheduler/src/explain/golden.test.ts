import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { SchedulingNode } from '@metalcast/db/scheduler';
import { expect, test } from 'vitest';
import { defaultFilters, filtersByName } from '../filters/index.js';
import type { Aggregate } from '../fleet/host-kind.js';
import type { PlacementRequest } from '../request/placement-request.js';
import { Selector } from '../select/selector.js';
import { aFleet, anAggregate, withServer } from '../testing/a-fleet.js';
import { aFlavor, aGroup, aLocation, aRequest } from '../testing/a-request.js';
import { aScene, now } from '../testing/a-scene.js';
import { weighersWith } from '../weighers/index.js';
import { explanationOf } from './answer.js';

type Rows = readonly Partial<SchedulingNode>[];

interface Rack {
  readonly nodes: Rows;
  readonly request: PlacementRequest;
  readonly aggregates?: readonly Aggregate[];
  readonly weighers?: Readonly<Record<string, number>>;
}

const policy = (weighers: Readonly<Record<string, number>>) => ({
  filters: filtersByName(defaultFilters),
  weighers: weighersWith(weighers),
});

function textOf({ nodes, request, aggregates = [], weighers = {} }: Rack): string {
  const fleet = aFleet(nodes, aggregates);
  const selector = new Selector(fleet, policy(weighers), () => aScene({ fleet }));
  return explanationOf(fleet, selector.prepare(request), { offset: 0, limit: 0 }).text;
}

const small = { cpus: 4, memory_mb: 16_384, local_gb: 240 };
const middle = { cpus: 16, memory_mb: 65_536, local_gb: 960 };
const large = { cpus: 64, memory_mb: 524_288, local_gb: 3840 };
const flavorOf = ({ cpus, memory_mb, local_gb }: typeof small, name: string, specs = {}) =>
  aFlavor({ name, vcpus: cpus, memory_mb, root_gb: local_gb, extra_specs: specs });

const inRack = (
  rack: string,
  count: number,
  row: (index: number) => Partial<SchedulingNode>,
): Rows =>
  Array.from({ length: count }, (_, index) => ({
    name: `${rack}-u${String(index + 1).padStart(2, '0')}`,
    rack,
    power_feed: index % 2 === 0 ? 'feed-a' : 'feed-b',
    ...row(index),
  }));

const tooSmall: Rack = {
  nodes: [
    ...inRack('rack1', 6, () => small),
    ...inRack('rack2', 3, (index) => ({ ...middle, ...(index === 2 ? withServer(50) : {}) })),
    ...inRack('rack3', 1, () => ({ ...large, cpus: 48 })),
  ],
  request: aRequest({ flavor: flavorOf(large, 'metal.large') }),
};

const inUse: Rack = {
  nodes: [
    ...inRack('rack1', 6, (index) => ({ ...middle, ...withServer(50 + index) })),
    ...inRack('rack2', 4, (index) => ({
      ...middle,
      ...[
        { maintenance: true, maintenance_reason: 'power supply is being replaced' },
        { quarantined: true, quarantine_reason: '5 builds in a row failed: DISK_MISSING' },
        withServer(61, 'metal.middle', 'deploying'),
        { task_state: 'error' },
      ][index],
    })),
  ],
  request: aRequest({ flavor: flavorOf(middle, 'metal.middle') }),
};

const elsewhere: Rack = {
  nodes: [
    ...inRack('rack1', 4, (index) => ({
      ...middle,
      availability_zone: 'north',
      capabilities: { disk_type: index === 0 ? 'ssd' : 'hdd', bandwidth_gbit: 10 + index },
    })),
    ...inRack('rack2', 3, (index) => ({
      ...middle,
      service_host: 'site-south',
      capabilities: { disk_type: 'ssd', ...(index === 1 ? {} : { bandwidth_gbit: 25 }) },
    })),
    ...inRack('rack3', 2, () => small),
  ],
  aggregates: [anAggregate(1, ['site-south'], { availability_zone: 'south' })],
  request: aRequest({
    zone: 'north',
    flavor: flavorOf(middle, 'metal.fast', {
      'capabilities:disk_type': '<or> ssd <or> nvme',
      'capabilities:bandwidth_gbit': '>= 25',
    }),
  }),
};

const spread: Rack = {
  nodes: [
    ...inRack('rack1', 4, (index) => ({ ...middle, ...(index === 0 ? withServer(50) : {}) })),
    ...inRack('rack2', 3, (index) => ({ ...middle, ...(index === 0 ? withServer(51) : {}) })),
    ...inRack('rack3', 4, (index) => ({
      ...(index === 3 ? large : middle),
      ...(index === 2 ? { failures: 1, failed_at: new Date(now - 600_000) } : {}),
      ...(index === 1 ? { last_used_at: new Date(now - 86_400_000) } : {}),
    })),
    ...inRack('rack4', 1, () => ({ ...middle, failures: 4, failed_at: new Date(now - 600_000) })),
  ],
  weighers: { LastUsedWeigher: 0.5 },
  request: aRequest({
    flavor: flavorOf(middle, 'metal.middle'),
    group: aGroup({
      name: 'database',
      members: [aLocation({ rack: 'rack1' }), aLocation({ rack: 'rack2' })],
    }),
  }),
};

/** 1,000 nodes in ten racks; a node's properties depend on its position only. */
const manyNodes: Rows = Array.from({ length: 10 }, (_, rack) =>
  inRack(`row${rack % 2}-rack${rack}`, 100, (index) => {
    const turn = (rack * 37 + index * 17) % 100;
    return {
      ...[small, small, middle, middle, large][turn % 5],
      traits: [...(turn % 7 === 0 ? ['HW_GPU'] : []), ...(turn % 3 === 0 ? ['HW_NVME'] : [])],
      ...(turn < 75 ? withServer(1000 + rack * 100 + index) : {}),
      ...(turn % 29 === 4 ? { maintenance: true, maintenance_reason: 'firmware' } : {}),
      ...(turn === 83 || turn === 92 ? { interfaces: 0 } : {}),
    };
  }),
).flat();

const gpu: Rack = {
  nodes: manyNodes.map((node) =>
    // Every node that is free and would fit is in maintenance.
    node.traits?.includes('HW_GPU') === true && node.instance_uuid === undefined
      ? { ...node, maintenance: true, maintenance_reason: 'firmware' }
      : node,
  ),
  request: aRequest({ flavor: flavorOf(middle, 'metal.gpu', { 'trait:HW_GPU': 'required' }) }),
};

/** UPDATE_GOLDEN=1 writes the files again; review them then. */
test.each<[string, Rack]>([
  ['all-too-small', tooSmall],
  ['all-in-use', inUse],
  ['zone-and-capabilities', elsewhere],
  ['some-fit-group-exhausted', spread],
  ['thousand-nodes-gpu', gpu],
])('%s', (name, rack) => {
  const file = new URL(`golden/${name}.txt`, import.meta.url);
  const text = textOf(rack);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    writeFileSync(file, text);
  }
  expect(existsSync(file) ? readFileSync(file, 'utf8') : 'no such file').toBe(text);
});
