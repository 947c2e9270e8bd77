import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { computeProblems } from '../fleet/compute-services.js';
import { availableFilters, defaultFilters, filtersByName } from '../filters/index.js';
import { diskGb } from '../request/placement-request.js';
import { prepare } from '../select/prepared.js';
import { Selector } from '../select/selector.js';
import { aFleet, anAggregate, withServer } from '../testing/a-fleet.js';
import { aFlavor, aRequest } from '../testing/a-request.js';
import { aScene, now } from '../testing/a-scene.js';
import { verdictOf } from '../testing/a-verdict.js';
import { easyWorlds, worlds } from '../testing/arbitrary-world.js';
import { weighersWith } from '../weighers/index.js';
import { explanationOf } from './answer.js';
import { explain } from './explain.js';

const policy = { filters: filtersByName(defaultFilters), weighers: weighersWith({}) };
const explained = (rows: Parameters<typeof aFleet>[0], request = aRequest()) => {
  const fleet = aFleet(rows);
  return explain(fleet, prepare(request, policy, aScene({ fleet })));
};

describe('the nearest', () => {
  const asking = aRequest({ flavor: aFlavor({ memory_mb: 8192 }) });

  test('has the smallest distance', () => {
    const nodes = [4096, 8000, 6000].map((memory_mb) => ({ memory_mb }));
    expect(explained(nodes, asking).refused[0]?.nearest.host.id).toBe(2);
  });

  test('is a free node rather than a nearer one in use', () => {
    const nodes = [{ memory_mb: 8191, ...withServer(50) }, { memory_mb: 1024 }];
    expect(explained(nodes, asking).refused[0]?.nearest.host.id).toBe(2);
  });

  test('has the fewest misses among equally near nodes', () => {
    const nodes = [
      { memory_mb: 4096, maintenance: true },
      { memory_mb: 4096, cpus: 4 },
      { memory_mb: 4096, quarantined: true },
    ];
    const [refused] = explained(nodes, asking).refused;
    expect(refused).toMatchObject({ count: 3, nearest: { host: { id: 2 } } });
    expect(refused?.nearest.misses.map(({ filter }) => filter)).toEqual(['RamFilter']);
  });
});

test('the first rejecting filter gives the reason, for kinds and for nodes', () => {
  const resting = { failures: 3, failed_at: new Date(now) };
  const nodes = [
    { ...resting, maintenance: true },
    { ...resting, ...withServer(50) },
    { ...resting, memory_mb: 1, maintenance: true },
  ];
  expect(explained(nodes).refused.map(({ filter, count }) => [filter, count])).toEqual([
    ['RamFilter', 1],
    ['MaintenanceFilter', 1],
    ['RecentFailuresFilter', 1],
  ]);
});

test('a filter of kinds and nodes gives one reason, with details of the same miss', () => {
  const extra_specs = { 'capabilities:a': '1', 'capabilities:rack': 'r2' };
  const nodes = [{ capabilities: { a: 2 }, rack: 'r1' }];
  const [refused] = explained(nodes, aRequest({ flavor: aFlavor({ extra_specs }) })).refused;
  expect(refused?.reason).toBe('does not meet the extra spec capabilities:a "1"');
  expect(refused?.nearest.misses.map(({ miss }) => miss.reason)).toEqual([
    'does not meet the extra spec capabilities:a "1"',
    'does not meet the extra spec capabilities:rack "r2"',
  ]);
});

test('the nearest node counts under its first miss', () => {
  fc.assert(
    fc.property(worlds, ({ rows, aggregates, services, settings, request }) => {
      const fleet = aFleet(rows, aggregates);
      const scene = aScene({ fleet, settings, problems: computeProblems(services) });
      let prepared;
      try {
        prepared = prepare(request, policy, scene);
      } catch {
        return;
      }
      for (const { filter, reason, nearest } of explain(fleet, prepared).refused) {
        const [first] = nearest.misses;
        expect([first?.filter, first?.miss.reason]).toEqual([filter, reason]);
      }
    }),
    { seed: 22, numRuns: 150 },
  );
});

test('counts, judgements and choices agree about every node', () => {
  fc.assert(
    fc.property(fc.oneof(worlds, easyWorlds), (world) => {
      const { settings, request } = world;
      const fleet = aFleet(world.rows, world.aggregates);
      const problems = computeProblems(world.services);
      const selector = new Selector(fleet, policy, () => aScene({ fleet, settings, problems }));
      let prepared;
      try {
        prepared = selector.prepare(request);
      } catch {
        return;
      }
      const answer = explanationOf(fleet, prepared, { offset: 0, limit: 100 });
      const { judgements, refusals, fit, nodes } = answer;
      expect(judgements.map(({ uuid }) => uuid).sort()).toEqual(
        world.rows.map(({ uuid }) => uuid).sort(),
      );
      expect(refusals.reduce((sum, { count }) => sum + count, fit)).toBe(nodes);
      for (const { filter, reason, count } of refusals) {
        const alike = judgements.filter((one) => one.filter === filter && one.reason === reason);
        expect(alike).toHaveLength(count);
      }
      const fitting = judgements.filter(({ fits }) => fits);
      expect(fitting.map(({ rank }) => rank)).toEqual(fitting.map((_, index) => index + 1));
      const chosen = [...selector.ranked(prepared)].map(({ uuid }) => uuid);
      expect([...chosen].sort()).toEqual(fitting.map(({ uuid }) => uuid).sort());
      const weightOf = new Map(fitting.map(({ uuid, weight }) => [uuid, weight ?? 0]));
      chosen.slice(1).forEach((uuid, at) => {
        expect(weightOf.get(uuid)).toBeLessThanOrEqual(weightOf.get(chosen[at]!)! + 1e-9);
      });
    }),
    { seed: 21, numRuns: 150 },
  );
});

test('pages are parts of one list', () => {
  const fleet = aFleet([{}, withServer(50), { memory_mb: 4096 }, { maintenance: true }, {}]);
  const prepared = prepare(aRequest(), policy, aScene({ fleet }));
  const page = (offset: number, limit: number) => explanationOf(fleet, prepared, { offset, limit });
  const whole = page(0, 100);
  expect(whole.next).toBeNull();
  expect(whole.judgements.map(({ fits }) => fits)).toEqual([true, true, true, false, false]);
  const parts = [page(0, 2), page(2, 2), page(4, 2)];
  expect(parts.flatMap(({ judgements }) => judgements)).toEqual(whole.judgements);
  expect(parts.map(({ next }) => next)).toEqual([2, 4, null]);
  expect(page(0, 0)).toMatchObject({ judgements: [], next: null, nodes: 5, fit: 3 });
});

test('the changes are listed completely or not at all', () => {
  const fleet = aFleet([{ memory_mb: 1024, maintenance: true, name: 'n1' }]);
  const told = explanationOf(fleet, prepare(aRequest(), policy, aScene({ fleet })), {
    offset: 0,
    limit: 0,
  });
  expect(told.refusals[0]?.change).toBe(
    'use a flavor with at most 1024 MiB of memory; and ' +
      'end its maintenance (metalcast node set n1 --no-maintenance)',
  );
  const named = prepare(aRequest({ forcedNodes: ['other'] }), policy, aScene({ fleet }));
  expect(explanationOf(fleet, named, { offset: 0, limit: 0 }).refusals[0]?.change).toBeNull();
});

/** How to change the request, by the change that the advice names. */
const lowered: Readonly<Record<string, (text: string) => Parameters<typeof aFlavor>[0]>> = {
  CoreFilter: (text) => ({ vcpus: Number(/(\d+) CPUs?$/.exec(text)?.[1]) }),
  RamFilter: (text) => ({ memory_mb: Number(/(\d+) MiB/.exec(text)?.[1]) }),
  DiskFilter: (text) => ({
    root_gb: Number(/(\d+) GiB/.exec(text)?.[1]),
    ephemeral_gb: 0,
    swap: 0,
  }),
};

test.each(['CoreFilter', 'RamFilter', 'DiskFilter', 'AggregateCoreFilter', 'AggregateRamFilter'])(
  '%s: with the flavor that it names the node passes, with one more it does not',
  (filter) => {
    let changed = 0;
    fc.assert(
      fc.property(worlds, fc.constantFrom('0.3', '1.7', '1'), (world, ratio) => {
        const [node] = world.rows;
        const { settings } = world;
        const metadata = { ram_allocation_ratio: ratio, cpu_allocation_ratio: ratio };
        const aggregates = [anAggregate(1, [node!.uuid], metadata)];
        const asked = { vcpus: 200, memory_mb: 99_999, root_gb: 800 };
        const request = aRequest({ flavor: aFlavor(asked) });
        const miss = verdictOf({ filter, node: node!, aggregates, settings, request });
        if (miss === undefined) return;
        changed += 1;
        const change = lowered[filter.replace('Aggregate', '')]!(miss.change!);
        const verdict = (more: typeof change) =>
          verdictOf({
            filter,
            node: node!,
            aggregates,
            settings,
            request: aRequest({ flavor: aFlavor({ ...asked, ...more }) }),
          });
        expect(verdict(change)).toBeUndefined();
        const onto = Object.entries(change!).map(([key, value]) => [key, Number(value) + 1]);
        expect(verdict(Object.fromEntries(onto) as typeof change)).toBeDefined();
      }),
      { seed: 3, numRuns: 60 },
    );
    expect(changed).toBeGreaterThan(30);
  },
);

test("ExactSizeFilter: the reason names the node's sizes", () => {
  const extra_specs = { 'node:exact_size': 'true' };
  const node = { cpus: 1, memory_mb: 512, local_gb: 7 };
  const question = { filter: 'ExactSizeFilter', node };
  const request = aRequest({ flavor: aFlavor({ extra_specs }) });
  const change = verdictOf({ ...question, request })?.change ?? '';
  const [vcpus, memory, gb] = [...change.matchAll(/\d+/g)].map(Number);
  const flavor = aFlavor({ extra_specs, vcpus: vcpus!, memory_mb: memory!, root_gb: gb! });
  expect(diskGb(flavor)).toBe(7);
  expect(verdictOf({ ...question, request: aRequest({ flavor }) })).toBeUndefined();
});

test('filters are judged in the order of the table', () => {
  const names = filtersByName(['RamFilter', 'CoreFilter']).map(({ name }) => name);
  expect(names).toEqual([
    'CoreFilter',
    'RamFilter',
    'NetworkInterfacesFilter',
    'IgnoredHostsFilter',
    'MaintenanceFilter',
    'BmcReachedFilter',
    'NodeFreeFilter',
  ]);
  expect(new Set(availableFilters.map(({ name }) => name)).size).toBe(availableFilters.length);
});
