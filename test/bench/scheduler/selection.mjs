// How many selections one process makes in a second, and what each costs, beside a walk over all nodes as Nova does it.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  availableFilters,
  defaultFilters,
  filtersByName,
} from '../../../services/scheduler/build/filters/index.js';
import { computeProblems } from '../../../services/scheduler/build/fleet/compute-services.js';
import { Fleet } from '../../../services/scheduler/build/fleet/fleet.js';
import { AggregateIndex, readHost } from '../../../services/scheduler/build/fleet/read-host.js';
import { Selector } from '../../../services/scheduler/build/select/selector.js';
import { weighersWith } from '../../../services/scheduler/build/weighers/index.js';
import { makeRows } from './nodes.mjs';
import { makeRequests } from './requests.mjs';
import { profiled } from './profile.mjs';
import { walk } from './walk.mjs';

const seedFilters = [
  'ComputeFilter',
  'RetryFilter',
  'AvailabilityZoneFilter',
  'ImagePropertiesFilter',
];
const all = availableFilters.map(({ name }) => name);

const policies = [
  { name: "the seed's filters", filters: seedFilters, weighers: {} },
  { name: 'default filters', filters: defaultFilters, weighers: {} },
  { name: 'all filters', filters: all, weighers: {} },
  { name: 'default, RackWeigher', filters: defaultFilters, weighers: { RackWeigher: 1 } },
];

const settings = {
  ramAllocationRatio: 1,
  cpuAllocationRatio: 1,
  diskAllocationRatio: 1,
  maxIoOpsPerHost: 100_000,
  maxInstancesPerHost: 1_000_000,
  isolatedImages: [],
  isolatedHosts: [],
  restrictIsolatedHostsToIsolatedImages: true,
  maxFailures: 3,
  failureWindowMs: 3_600_000,
};
const problems = computeProblems([{ host: 'compute0', recent: true, disabled: false }]);

export function makeFleet(rows) {
  const fleet = new Fleet();
  const aggregates = new AggregateIndex([]);
  for (const row of rows) {
    fleet.put(readHost(row, aggregates, fleet));
  }
  return fleet;
}

export function makeSelector(fleet, { filters, weighers }) {
  const scene = () => ({ settings, fleet, problems, now: Date.now() });
  const policy = { filters: filtersByName(filters), weighers: weighersWith(weighers) };
  return new Selector(fleet, policy, scene);
}

/** For each policy the figures at this many nodes, and where the CPU goes. */
export function measureSelection(count, seconds) {
  const { fleet, rows, heapMb } = filled(count);
  return {
    nodes: count,
    kinds: [...fleet.groups].length,
    heapMb,
    policies: policies.map((policy) => {
      const selector = makeSelector(fleet, policy);
      const select = timed(fleet, rows, seconds, selector, choose);
      const walked = timed(fleet, rows, seconds / 2, selector, walk);
      const spent = profiled(() => timed(fleet, rows, seconds / 4, selector, choose));
      return { name: policy.name, ...select, walk: walked, spent };
    }),
  };
}

const choose = (_, selector, request) => selector.best(request, 1)[0];

function filled(count) {
  const rows = makeRows(count);
  const before = heapAfterGc();
  const fleet = makeFleet(rows);
  return { fleet, rows, heapMb: (heapAfterGc() - before) / 2 ** 20 };
}

let collect;

function heapAfterGc() {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc');
  }
  collect();
  return process.memoryUsage().heapUsed;
}

/** Selects, takes the node and gives another one back, for so long; the state moves as it does in service. */
function timed(fleet, rows, seconds, selector, select) {
  const requests = makeRequests(rows);
  const taken = [];
  const lasted = [];
  let refused = 0;
  const once = () => {
    const request = requests.next().value;
    const begun = performance.now();
    const host = select(fleet, selector, request);
    lasted.push(performance.now() - begun);
    if (host === undefined) {
      refused += 1;
    } else {
      taken.push(
        move(fleet, host, {
          instanceUuid: request.instanceUuid,
          instanceFlavor: 'f0',
          taskState: 'building',
        }),
      );
      if (taken.length > 50) {
        move(fleet, taken.shift(), { instanceUuid: null, instanceFlavor: null, taskState: null });
      }
    }
  };
  const warmUp = performance.now() + seconds * 300;
  while (performance.now() < warmUp) once();
  lasted.length = 0;
  refused = 0;
  const cpu = process.cpuUsage();
  const begun = performance.now();
  while (performance.now() < begun + seconds * 1000) once();
  const tookMs = performance.now() - begun;
  const { user, system } = process.cpuUsage(cpu);
  for (const host of taken)
    move(fleet, host, { instanceUuid: null, instanceFlavor: null, taskState: null });
  return { ...figures(lasted, tookMs, (user + system) / 1000), refused };
}

function figures(lasted, tookMs, cpuMs) {
  const count = lasted.length;
  const sorted = lasted.toSorted((one, other) => one - other);
  return {
    perSecond: (count / tookMs) * 1000,
    cpuMs: cpuMs / count,
    p50Ms: sorted[Math.floor(count * 0.5)],
    p99Ms: sorted[Math.floor(count * 0.99)],
  };
}

/** As the keeper puts it: a new version of the node. */
function move(fleet, { id }, change) {
  const host = fleet.get(id);
  const moved = { ...host, ...change, version: host.version + 1 };
  fleet.put({ host: moved, kindKey: fleet.groupOf(id).key });
  return moved;
}
