import fc from 'fast-check';
import { Fault } from '@metalcast/domain';
import { expect, test } from 'vitest';
import { computeProblems } from '../fleet/compute-services.js';
import { inNumber } from '../explain/plural.js';
import { aFleet } from '../testing/a-fleet.js';
import { aScene } from '../testing/a-scene.js';
import { worlds, type World } from '../testing/arbitrary-world.js';
import { Malformed, nova } from '../testing/nova.js';
import type { HostFilter, KindJudges, Scene } from './filter.js';
import type { HostState } from '../fleet/host-state.js';
import type { PlacementRequest } from '../request/placement-request.js';
import { availableFilters } from './index.js';

type Outcome = 'passes' | 'rejects' | 'malformed';

const seen = new Map<string, Record<Outcome, number>>(
  availableFilters.map(({ name }) => [name, { passes: 0, rejects: 0, malformed: 0 }]),
);
const reasons = new Set<string>();

interface Judged {
  readonly scene: Scene;
  readonly hosts: readonly HostState[];
  readonly request: PlacementRequest;
}

function judgedWorld({ rows, aggregates, settings, services, request }: World): Judged {
  const fleet = aFleet(rows, aggregates);
  const scene = aScene({ fleet, settings, problems: computeProblems(services) });
  return { scene, hosts: [...fleet.all()], request };
}

function ours(filter: HostFilter, { scene, hosts, request }: Judged): Outcome[] {
  let judges: KindJudges;
  try {
    judges = filter.prepare(request, scene);
  } catch (error) {
    expect(error).toBeInstanceOf(Fault);
    return hosts.map(() => 'malformed');
  }
  return hosts.map((host) => {
    const miss = judges.kind?.(host.kind) ?? judges.node?.(host);
    if (miss !== undefined) {
      reasons.add(miss.reason);
    }
    return miss === undefined ? 'passes' : 'rejects';
  });
}

function reference(name: string, world: World): Outcome[] {
  return world.rows.map((row) => {
    try {
      return nova[name]?.(row, world) === true ? 'passes' : 'rejects';
    } catch (error) {
      expect(error).toBeInstanceOf(Malformed);
      return 'malformed';
    }
  });
}

test('every filter agrees with its plain definition', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const judged = judgedWorld(world);
      for (const filter of availableFilters) {
        const outcomes = ours(filter, judged);
        expect(`${filter.name}: ${outcomes.join()}`).toBe(
          `${filter.name}: ${reference(filter.name, world).join()}`,
        );
        for (const outcome of outcomes) {
          seen.get(filter.name)![outcome] += 1;
        }
      }
    }),
    { seed: 9, numRuns: 400 },
  );
});

test.each(availableFilters.map(({ name }) => name))('%s was seen to do both, often', (name) => {
  const { passes, rejects } = seen.get(name)!;
  expect(passes).toBeGreaterThan(100);
  expect(rejects).toBeGreaterThan(name === 'AllHostsFilter' ? -1 : 30);
});

test('the generated requests contained every kind of malformed input', () => {
  const malformed = [...seen].flatMap(([name, counts]) => (counts.malformed > 10 ? [name] : []));
  expect(malformed.sort()).toEqual([
    'AggregateInstanceExtraSpecsFilter',
    'ComputeCapabilitiesFilter',
    'JsonFilter',
    'PciPassthroughFilter',
    'ResourceClassFilter',
    'TraitsFilter',
  ]);
});

test('every reason has a singular and a plural form', () => {
  expect(reasons.size).toBeGreaterThan(60);
  const alike = [...reasons].filter((reason) => inNumber(reason, 2) === inNumber(reason, 1));
  expect(alike).toEqual([]);
});
