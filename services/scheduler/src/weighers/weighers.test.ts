import type { SchedulingNode } from '@metalcast/db/scheduler';
import { describe, expect, test } from 'vitest';
import { filtersByName } from '../filters/index.js';
import type { PlacementRequest } from '../request/placement-request.js';
import { Selector } from '../select/selector.js';
import { aFleet, withServer } from '../testing/a-fleet.js';
import { aFlavor, aGroup, aLocation, aRequest } from '../testing/a-request.js';
import { aScene, now } from '../testing/a-scene.js';
import { availableWeighers, weighersWith } from './index.js';

type Rows = readonly Partial<SchedulingNode>[];
const none = Object.fromEntries(availableWeighers.map(({ name }) => [name, 0]));

/** Names of the free nodes, best first, ranked by these weighers only. */
function order(
  nodes: Readonly<Record<string, Partial<SchedulingNode>>>,
  multipliers: Readonly<Record<string, number>>,
  request: PlacementRequest = aRequest(),
  taken: Rows = [],
): string {
  const rows = Object.entries(nodes).map(([name, row]) => ({ name, ...row }));
  const fleet = aFleet([...rows, ...taken]);
  const weighers = weighersWith({ ...none, ...multipliers });
  const selector = new Selector(fleet, { filters: filtersByName([]), weighers }, () =>
    aScene({ fleet }),
  );
  return selector
    .best(request, 100)
    .map(({ name }) => name)
    .join(' ');
}

const bySize = {
  middle: { memory_mb: 8192 },
  large: { memory_mb: 16_384 },
  small: { memory_mb: 4096 },
};

describe('F96: RAMWeigher', () => {
  test.each([
    [1, 'large middle small'],
    [0.1, 'large middle small'],
    [-1, 'small middle large'],
  ])('by %d: %s', (multiplier, expected) => {
    expect(order(bySize, { RAMWeigher: multiplier })).toBe(expected);
  });
});

describe('BestFitWeigher', () => {
  const fit = { BestFitWeigher: 1 };

  test('the smallest that fits', () => {
    expect(order(bySize, fit)).toBe('small middle large');
    expect(order(bySize, { BestFitWeigher: -1 })).toBe('large middle small');
  });

  test('memory, CPUs and disk count by the wasted share', () => {
    const nodes = {
      memory: { cpus: 2, local_gb: 20, memory_mb: 8192 },
      exact: { cpus: 2, local_gb: 20, memory_mb: 4096 },
      cpus: { cpus: 8, local_gb: 20, memory_mb: 4096 },
    };
    expect(order(nodes, fit)).toBe('exact memory cpus');
  });

  test('prefers the smaller node also for a size without demand', () => {
    const [large, small] = [{ local_gb: 960 }, { local_gb: 240 }];
    const request = aRequest({ flavor: aFlavor({ root_gb: 0 }) });
    expect(order({ large, small }, fit, request)).toBe('small large');
    expect(order({ small, large }, fit, request)).toBe('small large');
  });

  test("a size in an extra spec replaces the flavor's own", () => {
    const nodes = { four: { cpus: 4, memory_mb: 1024 }, nine: { cpus: 9, memory_mb: 512 } };
    const asked = { 'resources:VCPU': '0', 'resources:MEMORY_MB': '0' };
    const request = aRequest({ flavor: aFlavor({ extra_specs: asked }) });
    expect(order(nodes, fit, request)).toBe('four nine');
  });
});

describe('FreeCapacityWeigher', () => {
  const nodes = {
    cpus: { cpus: 16, memory_mb: 4096, local_gb: 100 },
    all: { cpus: 8, memory_mb: 8192, local_gb: 200 },
    none: { cpus: 0, memory_mb: 1024, local_gb: 0 },
  };
  test.each([
    [1, 'all cpus none'],
    [-1, 'none cpus all'],
  ])('by %d: %s', (multiplier, expected) => {
    expect(order(nodes, { FreeCapacityWeigher: multiplier })).toBe(expected);
  });
});

describe.each([
  ['RackWeigher', 'rack'],
  ['PowerFeedWeigher', 'power_feed'],
])('%s', (name, column) => {
  const at = (domain: string | null): Partial<SchedulingNode> => ({ [column]: domain });
  const nodes = { half: at('a'), third: at('b'), alone: at('c') };
  const taken = [
    { ...at('a'), ...withServer(51) },
    { ...at('b'), ...withServer(52) },
    { ...at('b'), memory_mb: 1, maintenance: true },
  ];

  test.each([
    [1, 'alone third half'],
    [-1, 'half third alone'],
  ])('by %d: %s', (multiplier, expected) => {
    expect(order(nodes, { [name]: multiplier }, aRequest(), taken)).toBe(expected);
  });

  test('a node without a domain counts as unused', () => {
    const others = { half: at('a'), nowhere: at(null) };
    const used = [...taken, { ...at(null), ...withServer(53) }];
    expect(order(others, { [name]: 1 }, aRequest(), used)).toBe('nowhere half');
  });
});

describe('soft groups', () => {
  const nodes = { two: { rack: 'r2' }, none: { rack: 'r0' }, one: { rack: 'r1' } };
  const members = ['r2', 'r1', 'r2'].map((rack) => aLocation({ rack }));
  const by = (policy: 'soft-affinity' | 'soft-anti-affinity' | 'affinity') =>
    aRequest({ group: aGroup({ policy, members }) });

  test.each([
    ['soft-affinity', 'ServerGroupSoftAffinityWeigher', 10, 'two one none'],
    ['soft-affinity', 'ServerGroupSoftAffinityWeigher', -1, 'none one two'],
    ['soft-anti-affinity', 'ServerGroupSoftAntiAffinityWeigher', 10, 'none one two'],
  ] as const)('%s by %s=%d: %s', (policy, name, multiplier, expected) => {
    expect(order(nodes, { [name]: multiplier }, by(policy))).toBe(expected);
  });

  test('a soft policy outweighs a good fit', () => {
    const unfit = { ...nodes, two: { rack: 'r2', memory_mb: 524_288, cpus: 64, local_gb: 9000 } };
    const usual = { BestFitWeigher: 1, ServerGroupSoftAffinityWeigher: 10 };
    expect(order(unfit, usual, by('soft-affinity'))).toMatch(/^two /);
  });

  test('does not apply to other policies, nor to a first server', () => {
    const scene = aScene();
    for (const weigher of availableWeighers.filter(({ name }) => name.startsWith('ServerGroup'))) {
      expect(weigher.prepare(by('affinity'), scene)).toBeUndefined();
      expect(weigher.prepare(aRequest(), scene)).toBeUndefined();
      const first = aRequest({ group: aGroup({ policy: 'soft-affinity' }) });
      expect(weigher.prepare(first, scene)).toBeUndefined();
    }
  });
});

test.each([
  [1, 'never lastYear yesterday now'],
  [-1, 'now yesterday lastYear never'],
])('LastUsedWeigher by %d: %s', (multiplier, expected) => {
  const ago = (days: number): Partial<SchedulingNode> => ({
    last_used_at: new Date(now - days * 86_400_000),
  });
  const nodes = { now: ago(0), never: {}, yesterday: ago(1), lastYear: ago(365) };
  expect(order(nodes, { LastUsedWeigher: multiplier })).toBe(expected);
});

test('RecentFailuresWeigher: prefers fewer failures, and failures expire after an hour', () => {
  const failed = (failures: number, minutes: number): Partial<SchedulingNode> => ({
    failures,
    failed_at: new Date(now - minutes * 60_000),
  });
  const nodes = { two: failed(2, 5), one: failed(1, 59), old: failed(9, 60) };
  expect(order(nodes, { RecentFailuresWeigher: 1 })).toBe('old one two');
});

test('the default weighers are best fit, failures and soft policies', () => {
  expect(weighersWith({}).map(({ weigher, multiplier }) => [weigher.name, multiplier])).toEqual([
    ['BestFitWeigher', 1],
    ['RecentFailuresWeigher', 1],
    ['ServerGroupSoftAffinityWeigher', 10],
    ['ServerGroupSoftAntiAffinityWeigher', 10],
  ]);
});

test('multipliers balance weighers, each on its own scale', () => {
  const failed = { failures: 1, failed_at: new Date(now) };
  const nodes = { failed: { memory_mb: 4096, ...failed }, good: { memory_mb: 524_288 } };
  expect(order(nodes, { BestFitWeigher: 1, RecentFailuresWeigher: 2 })).toBe('good failed');
  expect(order(nodes, { BestFitWeigher: 2, RecentFailuresWeigher: 1 })).toBe('failed good');
});
