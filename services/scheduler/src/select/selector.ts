import type { Scene } from '../filters/filter.js';
import type { Fleet, KindGroup } from '../fleet/fleet.js';
import type { HostState } from '../fleet/host-state.js';
import type { PlacementRequest } from '../request/placement-request.js';
import { prepare, type Policy, type Prepared, type Weight } from './prepared.js';
import { Range } from './ranges.js';

/** The kinds that pass what is asked of kinds, as judged at one moment. */
interface JudgedKinds {
  readonly groups: readonly KindGroup[];
  readonly generation: number;
  readonly at: number;
}

/** What filters say of a kind changes with time as well (failures that grow old). */
const judgedMs = 1000;
const rememberedRequests = 64;

export interface SelectOptions {
  /** ids of nodes that are spoken for. */
  readonly without?: ReadonlySet<number>;
}

/**
 * Chooses nodes. Kinds are judged instead of nodes, and for requests that ask the same once a second, so that a choice
 * costs what there are kinds, not what there are nodes; single nodes are looked at where they differ.
 */
export class Selector {
  private readonly judged = new Map<string, JudgedKinds>();

  constructor(
    private readonly fleet: Fleet,
    private readonly policy: Policy,
    private readonly scene: () => Scene,
  ) {}

  /** Ready to judge by the present state. Faults of the request. */
  prepare(request: PlacementRequest): Prepared {
    return prepare(request, this.policy, this.scene());
  }

  /** The best nodes for the request, best first, as far as they are taken from it; the fleet must not change meanwhile. */
  *ranked(prepared: Prepared, options: SelectOptions = {}): Generator<HostState> {
    const groups = this.kindsFor(prepared).filter(({ open }) => open.length > 0);
    const turn = turnOf(prepared.request);
    if (prepared.weights.some(({ scale }) => 'node' in scale)) {
      yield* byNode(prepared, groups, turn, options);
    } else {
      yield* byKind(prepared, groups, turn, options);
    }
  }

  /** Up to `count` of the best. */
  best(request: PlacementRequest, count: number, options: SelectOptions = {}): HostState[] {
    const found: HostState[] = [];
    for (const host of this.ranked(this.prepare(request), options)) {
      if (found.length >= count) {
        break;
      }
      found.push(host);
    }
    return found;
  }

  private kindsFor(prepared: Prepared): readonly KindGroup[] {
    const key = signature(prepared.request);
    const now = performance.now();
    const { generation } = this.fleet;
    const known = this.judged.get(key);
    if (known?.generation === generation && now - known.at < judgedMs) {
      return known.groups;
    }
    const groups = [...this.fleet.groups].filter(({ kind }) =>
      prepared.kindJudges.every(({ judge }) => judge(kind) === undefined),
    );
    this.judged.delete(key);
    this.judged.set(key, { groups, generation, at: now });
    for (const oldest of this.judged.keys()) {
      if (this.judged.size <= rememberedRequests) {
        break;
      }
      this.judged.delete(oldest);
    }
    return groups;
  }
}

/** All that filters may read of a request about kinds. */
const signature = ({
  flavor,
  image,
  projectId,
  zone,
  hints,
  forcedHosts,
  forcedNodes,
}: PlacementRequest): string =>
  JSON.stringify([flavor, image, projectId, zone, hints, forcedHosts, forcedNodes]);

/** Equally good nodes are taken in an order that differs between servers: many schedulers at once then seldom meet. */
const turnOf = ({ instanceUuid }: PlacementRequest): number =>
  instanceUuid === null ? 0 : Number.parseInt(instanceUuid.slice(0, 8), 16);

const passes = (prepared: Prepared, host: HostState, { without }: SelectOptions): boolean =>
  without?.has(host.id) !== true &&
  prepared.nodeJudges.every(({ judge }) => judge(host) === undefined);

/** No weigher looks at single nodes: whole kinds have their place, and of each only as many nodes are seen as are wanted. */
function* byKind(
  prepared: Prepared,
  groups: readonly KindGroup[],
  turn: number,
  options: SelectOptions,
): Generator<HostState> {
  const totals = kindTotals(prepared.weights, groups);
  const left = groups.map((group, index) => ({ group, total: totals[index] ?? 0 }));
  // Seldom more than one is needed, so no sort of all.
  while (left.length > 0) {
    const tied = takeBest(left);
    for (let index = 0; index < tied.length; index += 1) {
      const { open } = tied[(turn + index) % tied.length] as KindGroup;
      yield* passing(open, prepared, turn, options);
    }
  }
}

/** Those of the list that pass, beginning with the one whose turn it is. */
function* passing(
  hosts: readonly HostState[],
  prepared: Prepared,
  turn: number,
  options: SelectOptions,
): Generator<HostState> {
  for (let place = 0; place < hosts.length; place += 1) {
    const host = hosts[(turn + place) % hosts.length] as HostState;
    if (passes(prepared, host, options)) {
      yield host;
    }
  }
}

interface Ranked {
  readonly group: KindGroup;
  readonly total: number;
}

/** Takes those of the highest total out of the list. */
function takeBest(left: Ranked[]): KindGroup[] {
  let most = -Infinity;
  for (const { total } of left) {
    if (total > most) most = total;
  }
  const best = left.filter(({ total }) => total === most).map(({ group }) => group);
  const others = left.filter(({ total }) => total !== most);
  left.splice(0, left.length, ...others);
  return best;
}

function kindTotals(weights: readonly Weight[], groups: readonly KindGroup[]): number[] {
  const totals = new Array<number>(groups.length).fill(0);
  for (const { scale, multiplier } of weights) {
    if ('kind' in scale) {
      const range = new Range();
      const values = groups.map(({ kind }) => {
        const value = scale.kind(kind);
        range.add(value);
        return value;
      });
      values.forEach((value, index) => {
        totals[index] = (totals[index] ?? 0) + multiplier * range.normalise(value);
      });
    }
  }
  return totals;
}

/** Some weigher looks at single nodes: all that are open are weighed. */
function* byNode(
  prepared: Prepared,
  groups: readonly KindGroup[],
  turn: number,
  options: SelectOptions,
): Generator<HostState> {
  const totals = kindTotals(prepared.weights, groups);
  const hosts: HostState[] = [];
  const sums: number[] = [];
  groups.forEach(({ open }, index) => {
    for (const host of open) {
      hosts.push(host);
      sums.push(totals[index] ?? 0);
    }
  });
  for (const { scale, multiplier } of prepared.weights) {
    if ('node' in scale) {
      addNodeWeights(hosts, sums, scale.node, multiplier);
    }
  }
  const order = hosts.flatMap((host, index) => (passes(prepared, host, options) ? [index] : []));
  // Seldom more than one is needed, so no sort of all.
  while (order.length > 0) {
    const next = takeHighest(order, sums, turn);
    yield hosts[next] as HostState;
  }
}

/** Takes an index of the highest sum out of the list; which of equals, the turn decides. */
function takeHighest(order: number[], sums: readonly number[], turn: number): number {
  const from = turn % order.length;
  let best = from;
  for (let step = 1; step < order.length; step += 1) {
    const place = (from + step) % order.length;
    if ((sums[order[place] as number] ?? 0) > (sums[order[best] as number] ?? 0)) {
      best = place;
    }
  }
  const index = order[best] as number;
  order[best] = order.at(-1) as number;
  order.pop();
  return index;
}

function addNodeWeights(
  hosts: readonly HostState[],
  sums: number[],
  weigh: (host: HostState) => number,
  multiplier: number,
): void {
  const range = new Range();
  const values = hosts.map((host) => {
    const value = weigh(host);
    range.add(value);
    return value;
  });
  values.forEach((value, index) => {
    sums[index] = (sums[index] ?? 0) + multiplier * range.normalise(value);
  });
}
