import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { HostFilter } from '../filters/filter.js';
import { availableFilters, filtersByName } from '../filters/index.js';
import { nova } from '../testing/nova.js';
import type { Fleet } from '../fleet/fleet.js';
import type { HostState } from '../fleet/host-state.js';
import { AggregateIndex, readHost } from '../fleet/read-host.js';
import { computeProblems } from '../fleet/compute-services.js';
import type { PlacementRequest } from '../request/placement-request.js';
import { aFleet, anAggregate, aRow, uuidOf, withServer } from '../testing/a-fleet.js';
import { aFlavor, aGroup, aLocation, aRequest, asking } from '../testing/a-request.js';
import { aScene, now } from '../testing/a-scene.js';
import { easyWorlds, type World } from '../testing/arbitrary-world.js';
import { availableWeighers, weighersWith } from '../weighers/index.js';
import type { Policy } from './prepared.js';
import { chooseTogether } from './select-destinations.js';
import { Selector } from './selector.js';

const allFilters = filtersByName(availableFilters.map(({ name }) => name));
const bestFitOnly: Policy = { filters: allFilters, weighers: weighersWith({}) };
const selectorOf = (fleet: Fleet, policy = bestFitOnly): Selector =>
  new Selector(fleet, policy, () => aScene({ fleet }));
const ids = (hosts: readonly HostState[]): number[] => hosts.map(({ id }) => id);
const everyOne = 1000;

describe('against a plain reference', () => {
  interface Case {
    readonly world: World;
    readonly policy: Policy;
    readonly held: ReadonlySet<number>;
    readonly without: ReadonlySet<number>;
  }

  const someNodes = fc
    .oneof({ weight: 2, arbitrary: fc.constant<number[]>([]) }, fc.subarray([1, 2, 3, 4, 5]))
    .map((list) => new Set(list));
  const looksAtNodes = new Set([
    'RackWeigher',
    'PowerFeedWeigher',
    'LastUsedWeigher',
    'ServerGroupSoftAffinityWeigher',
    'ServerGroupSoftAntiAffinityWeigher',
  ]);
  const multiplier = fc.constantFrom(0, 0, -2, -1, 0.5, 1, 3);
  const policies = fc
    .record({
      filters: fc.subarray(
        availableFilters.map(({ name }) => name),
        { maxLength: 6 },
      ),
      multipliers: fc.tuple(...availableWeighers.map(() => multiplier)),
      withNodes: fc.boolean(),
    })
    .map(({ filters, multipliers, withNodes }) => ({
      filters: filtersByName(filters),
      weighers: weighersWith(
        Object.fromEntries(availableWeighers.map(({ name }, at) => [name, multipliers[at] ?? 0])),
      ).filter(({ weigher }) => withNodes || !looksAtNodes.has(weigher.name)),
    }));
  const forced = fc.record({
    forcedHosts: fc.constantFrom<string[][]>([], [], [], ['h1'], ['h1', 'h2']),
    forcedNodes: fc.constantFrom<string[][]>([], [], [], [uuidOf(1)], [uuidOf(1), uuidOf(2)]),
  });
  const cases: fc.Arbitrary<Case> = fc
    .record({ world: easyWorlds, policy: policies, held: someNodes, without: someNodes, forced })
    .map(({ forced: more, world, ...rest }) => ({
      ...rest,
      world: { ...world, request: { ...world.request, ...more } },
    }));

  /** Judges every node by every filter, without the cache of kinds, to compare with the selector. */
  function plainTotals({ world, policy, held, without }: Case, fleet: Fleet): Map<number, number> {
    const { request, settings } = world;
    const { forcedHosts, forcedNodes } = request;
    const isForced = forcedHosts.length + forcedNodes.length > 0;
    const scene = aScene({ fleet, settings, problems: computeProblems(world.services) });
    const judges = isForced ? [] : policy.filters.map((filter) => filter.prepare(request, scene));
    const isNamed = ({ host, uuid }: HostState): boolean =>
      (forcedHosts.length === 0 || host === null || forcedHosts.includes(host)) &&
      (forcedNodes.length === 0 || forcedNodes.includes(uuid));
    const open = [...fleet.all()].filter(({ id, maintenance }) => {
      const row = world.rows.find((one) => one.id === id)!;
      return !held.has(id) && !maintenance && nova['NodeFreeFilter']!(row, world);
    });
    const compared = open.filter(({ kind }) =>
      judges.every((judge) => judge.kind?.(kind) === undefined),
    );
    const fitting = compared.filter(
      (host) =>
        !without.has(host.id) &&
        !request.ignoredHosts.includes(host.host ?? host.uuid) &&
        (!isForced || isNamed(host)) &&
        host.interfaces >= request.networks &&
        judges.every((judge) => judge.node?.(host) === undefined),
    );
    const totals = new Map(fitting.map(({ id }) => [id, 0]));
    for (const { weigher, multiplier: times } of policy.weighers) {
      const scale = weigher.prepare(request, scene);
      if (scale === undefined) continue;
      const valueOf = (host: HostState): number =>
        'kind' in scale ? scale.kind(host.kind) : scale.node(host);
      const values = compared.map(valueOf);
      const [least, most] = [Math.min(...values), Math.max(...values)];
      for (const host of fitting) {
        const share = most > least ? (valueOf(host) - least) / (most - least) : 0;
        totals.set(host.id, totals.get(host.id)! + times * share);
      }
    }
    return totals;
  }

  test('the same nodes, never a better one after a worse', () => {
    const seen = { byKind: 0, byNode: 0, forced: 0, several: 0, differing: 0 };
    fc.assert(
      fc.property(cases, (one) => {
        const { world, policy, held, without } = one;
        const fleet = aFleet(world.rows, world.aggregates);
        for (const id of held) fleet.hold(id);
        const { settings } = world;
        const problems = computeProblems(world.services);
        const selector = new Selector(fleet, policy, () => aScene({ fleet, settings, problems }));
        const found = ids(selector.best(world.request, everyOne, { without }));
        const totals = plainTotals(one, fleet);
        expect([...found].sort((a, b) => a - b)).toEqual([...totals.keys()]);
        const ranking = found.map((id) => totals.get(id)!);
        ranking.slice(1).forEach((total, at) => {
          expect(total).toBeLessThanOrEqual(ranking[at]! + 1e-9);
        });
        expect(selector.best(world.request, 2, { without })).toHaveLength(
          Math.min(2, found.length),
        );
        const scales = selector.prepare(world.request).weights.map(({ scale }) => scale);
        seen.several += found.length > 1 ? 1 : 0;
        seen.differing += new Set(ranking).size > 1 ? 1 : 0;
        seen.forced += world.request.forcedNodes.length > 0 && found.length > 0 ? 1 : 0;
        seen[scales.some((scale) => 'node' in scale) ? 'byNode' : 'byKind'] +=
          found.length > 1 ? 1 : 0;
      }),
      { seed: 12, numRuns: 500 },
    );
    expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(15);
  });
});

const equals = Array.from({ length: 10 }, (_, index) => ({ id: index + 1 }));

test('simultaneous servers start at different ones of equal nodes', () => {
  const selector = selectorOf(aFleet(equals));
  const firsts = [0, 1, 2, 3, 4].map((turn) => {
    const instanceUuid = `0000000${turn}-0000-4000-8000-000000000000`;
    return selector.best(aRequest({ instanceUuid }), 1)[0]!.id;
  });
  expect(new Set(firsts).size).toBe(5);
  const [of1, of2] = ['00000001', '00000002'].map((start) =>
    selectorOf(aFleet(equals), {
      filters: allFilters,
      weighers: weighersWith({ RackWeigher: 1 }),
    }).best(aRequest({ instanceUuid: `${start}-0000-4000-8000-000000000000` }), 1),
  );
  expect(of1![0]!.id).not.toBe(of2![0]!.id);
});

test('F97: the best N are the same set for every server, and no other node is chosen', () => {
  const sizes = [16_384, 8192, 4096, 32_768, 8192].map((memory_mb) => ({ memory_mb }));
  const selector = selectorOf(aFleet(sizes));
  const bestOf = (count: number): number[] => ids(selector.best(aRequest(), count)).sort();
  expect(bestOf(1)).toEqual([3]);
  expect(bestOf(3)).toEqual([2, 3, 5]);
  expect(bestOf(4)).toEqual([1, 2, 3, 5]);
  expect(bestOf(9)).toEqual([1, 2, 3, 4, 5]);
  expect(bestOf(0)).toEqual([]);
});

test('F98, F24: a server takes the whole node, however small the server is', () => {
  const fleet = aFleet([{ memory_mb: 65_536 }, { memory_mb: 65_536 }]);
  const selector = selectorOf(fleet);
  const [first] = selector.best(aRequest(), 1);
  fleet.put(
    readHost(
      aRow({ id: first!.id, memory_mb: 65_536, version: 2, ...withServer(50) }),
      new AggregateIndex([]),
      fleet,
    ),
  );
  expect(selector.best(aRequest(), everyOne)).toHaveLength(1);
  expect(ids(selector.best(aRequest(), 1))).not.toEqual([first!.id]);
});

test('F88: a forced request gets its node without filters, but never one in use or in maintenance', () => {
  const fleet = aFleet([
    { service_host: 'h1', memory_mb: 1 },
    { service_host: 'h1', quarantined: true, bmc_reached: false },
    { service_host: 'h1', maintenance: true },
    { service_host: 'h1', ...withServer(50) },
    { service_host: 'h2' },
    {},
  ]);
  const selector = selectorOf(fleet);
  const found = (request: Partial<PlacementRequest>): number[] =>
    ids(selector.best(aRequest({ zone: 'elsewhere', ...request }), everyOne)).sort();
  // A node without a compute host belongs to every host.
  expect(found({ forcedHosts: ['h1'] })).toEqual([1, 2, 6]);
  expect(found({ forcedNodes: [uuidOf(1)], triedNodes: [uuidOf(1)] })).toEqual([1]);
  expect(found({ forcedHosts: ['h2'], forcedNodes: [uuidOf(1)] })).toEqual([]);
  expect(found({ forcedNodes: [uuidOf(4)] })).toEqual([]);
  expect(found({ forcedHosts: ['h1', 'h2'], ignoredHosts: ['h1'] })).toEqual([5, 6]);
});

test('a node whose BMC was not reached yet is never chosen by itself', () => {
  const fleet = aFleet([{ bmc_reached: false }, {}]);
  const policy = { filters: filtersByName([]), weighers: [] };
  expect(ids(selectorOf(fleet, policy).best(aRequest(), everyOne))).toEqual([2]);
});

test('nodes with a size of 0 still have a weight', () => {
  const fleet = aFleet([{ cpus: 0, local_gb: 0 }, { local_gb: 0 }, {}]);
  const policy = { filters: filtersByName([]), weighers: weighersWith({ FreeCapacityWeigher: 5 }) };
  expect(ids(selectorOf(fleet, policy).best(aRequest(), everyOne))).toEqual([3, 2, 1]);
});

describe('the cache of judged kinds', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('judges again at once when a node changes its kind', () => {
    const fleet = aFleet([{ service_host: 'h1' }, {}]);
    const selector = selectorOf(fleet);
    const request = asking({ 'aggregate_instance_extra_specs:ssd': 'true', disk_type: 'ssd' });
    const found = (): number[] => ids(selector.best(request, everyOne));
    const put = (row: Parameters<typeof aRow>[0], metadata: Record<string, string>): void => {
      fleet.put(readHost(aRow(row), new AggregateIndex([anAggregate(1, ['h1'], metadata)]), fleet));
    };
    const ssd = { id: 1, service_host: 'h1', capabilities: { disk_type: 'ssd' } };
    const aggregate = { ssd: 'true', disk_type: 'ssd' };
    expect(found()).toEqual([]);
    put({ ...ssd, version: 2 }, aggregate);
    expect(found()).toEqual([1]);
    put({ ...ssd, version: 3, failures: 3, failed_at: new Date(now - 1) }, aggregate);
    expect(found()).toEqual([]);
    put({ ...ssd, version: 4 }, aggregate);
    expect(found()).toEqual([1]);
    put({ ...ssd, version: 5 }, { ...aggregate, ssd: 'false' });
    expect(found()).toEqual([]);
    fleet.drop(1);
    expect(found()).toEqual([]);
  });

  test('a new node of a judged kind is available at once', () => {
    const fleet = aFleet([{}]);
    const selector = selectorOf(fleet);
    expect(selector.best(aRequest(), everyOne)).toHaveLength(1);
    fleet.put(readHost(aRow({ id: 2 }), new AggregateIndex([]), fleet));
    expect(selector.best(aRequest(), everyOne)).toHaveLength(2);
  });

  test('expires within a second, since answers may depend on time', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const window = 3_600_000;
    const fleet = aFleet([{ failures: 3, failed_at: new Date(now) }]);
    const clock = { now: now + window - 1 };
    const selector = new Selector(fleet, bestFitOnly, () => aScene({ fleet, now: clock.now }));
    expect(selector.best(aRequest(), 1)).toEqual([]);
    clock.now += 1;
    vi.advanceTimersByTime(1000);
    expect(selector.best(aRequest(), 1)).toHaveLength(1);
  });

  test('has an entry per different KindRequest', () => {
    const fleet = aFleet([{ availability_zone: 'az1', cpu_arch: 'aarch64' }, {}]);
    const selector = selectorOf(fleet);
    const found = (request: Partial<PlacementRequest>): number[] =>
      ids(selector.best(aRequest(request), everyOne)).sort();
    expect(found({})).toEqual([1, 2]);
    expect(found({ zone: 'az1' })).toEqual([1]);
    expect(found({ image: { id: 'i', properties: { architecture: 'x86_64' } } })).toEqual([2]);
    expect(
      found({ flavor: aFlavor({ extra_specs: { 'capabilities:cpu_arch': 'aarch64' } }) }),
    ).toEqual([1]);
    expect(found({ flavor: aFlavor({ memory_mb: 99_999 }) })).toEqual([]);
    expect(found({ hints: { build_near_host_ip: '10.0.0.1' } })).toEqual([]);
    expect(found({ forcedNodes: [uuidOf(2)], zone: 'az1' })).toEqual([2]);
    expect(found({})).toEqual([1, 2]);
  });

  test('has an entry per project', () => {
    const kept = anAggregate(1, ['h1'], { filter_tenant_id: 'p2' });
    const selector = selectorOf(aFleet([{ service_host: 'h1' }, {}], [kept]));
    const found = (projectId: string | null): number[] =>
      ids(selector.best(aRequest({ projectId }), everyOne)).sort();
    expect([found('p1'), found('p2'), found(null)]).toEqual([[2], [1, 2], [2]]);
  });

  test('drops the oldest entries above the limit', () => {
    const fleet = aFleet(Array.from({ length: 4000 }, (_, index) => ({ memory_mb: index + 1 })));
    let judgements = 0;
    const counting: HostFilter = {
      name: 'CountingFilter',
      prepare: () => ({ kind: () => void (judgements += 1) }),
    };
    const selector = selectorOf(fleet, { ...bestFitOnly, filters: [counting] });
    const judgedFor = (memory: number): number => {
      const before = judgements;
      selector.best(aRequest({ flavor: aFlavor({ memory_mb: memory }) }), 1);
      return judgements - before;
    };
    vi.useFakeTimers({ toFake: ['performance'] });
    const sizes = Array.from({ length: 251 }, (_, index) => index);
    expect(new Set(sizes.map(judgedFor))).toEqual(new Set([4000]));
    expect([250, 1].map(judgedFor)).toEqual([0, 0]);
    expect([0, 1].map(judgedFor)).toEqual([4000, 4000]);
    expect([250, 0].map(judgedFor)).toEqual([0, 0]);
  });

  test('drops removed kinds at the next choice', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const fleet = aFleet([{}, { memory_mb: 9999 }]);
    const selector = selectorOf(fleet);
    selector.best(aRequest(), 1);
    const gone = new WeakRef(fleet.get(2)!.kind);
    fleet.drop(2);
    selector.best(aRequest({ zone: 'nova' }), 1);
    // A dereferenced WeakRef keeps its target until the end of the task.
    await setImmediate();
    collectGarbage();
    expect(gone.deref()).toBeUndefined();
  });

  test('handles more requests than the cache holds', () => {
    const selector = selectorOf(aFleet([{}]));
    const sizes = Array.from({ length: 200 }, (_, index) => 8100 + index);
    for (const memory of [...sizes, ...sizes]) {
      const found = selector.best(aRequest({ flavor: aFlavor({ memory_mb: memory }) }), 1);
      expect(found).toHaveLength(memory <= 8192 ? 1 : 0);
    }
  });
});

describe('select_destinations', () => {
  const racks = ['r1', 'r1', 'r2', 'r3'].map((rack) => ({ rack }));

  test('keeps the servers of one group apart from each other', () => {
    const selector = selectorOf(aFleet(racks));
    const request = aRequest({ group: aGroup({ members: [aLocation({ rack: 'r3' })] }) });
    const chosen = chooseTogether(selector, request, 3);
    expect(chosen.map(({ rack }) => rack).sort()).toEqual(['r1', 'r2']);
  });

  test('keeps the servers of one group together, each on its own node', () => {
    const selector = selectorOf(aFleet(racks));
    const together = aRequest({ group: aGroup({ policy: 'affinity' }) });
    const chosen = chooseTogether(selector, together, 2);
    expect(new Set(ids(chosen)).size).toBe(chosen.length);
    expect(new Set(chosen.map(({ rack }) => rack)).size).toBe(1);
  });

  test('without a group: as many different nodes', () => {
    expect(chooseTogether(selectorOf(aFleet(racks)), aRequest(), 3)).toHaveLength(3);
  });
});
