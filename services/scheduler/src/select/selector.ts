import type { Scene } from '../filters/filter.js';
import type { ComputeProblems } from '../fleet/compute-services.js';
import type { Fleet } from '../fleet/fleet.js';
import type { HostState } from '../fleet/host-state.js';
import type { PlacementRequest } from '../request/placement-request.js';
import { JudgedKindsCache, type JudgedKinds } from './judged-kinds.js';
import { prepare, type Policy, type Prepared } from './prepared.js';
import { Range } from './ranges.js';

export interface SelectOptions {
  /** ids of nodes that are spoken for. */
  readonly without?: ReadonlySet<number>;
  /** Instead of the present ones. */
  readonly problems?: ComputeProblems;
}

/**
 * Chooses nodes. Kinds are judged instead of nodes, and for requests that ask the same once a second, so that a choice
 * costs what there are kinds, not what there are nodes; single nodes are looked at where they differ.
 */
export class Selector {
  private readonly judged: JudgedKindsCache;

  constructor(
    fleet: Fleet,
    private readonly policy: Policy,
    private readonly scene: () => Scene,
  ) {
    this.judged = new JudgedKindsCache(fleet);
  }

  /** Ready to judge by the present state, or by other problems of compute. Faults of the request. */
  prepare(request: PlacementRequest, problems?: ComputeProblems): Prepared {
    const scene = this.scene();
    return prepare(request, this.policy, { ...scene, problems: problems ?? scene.problems });
  }

  /**
   * The best nodes for the request, best first, as far as they are taken from it; the fleet must not change meanwhile.
   */
  *ranked(prepared: Prepared, options: SelectOptions = {}): Generator<HostState> {
    const judged = this.judged.of(prepared);
    const turn = turnOf(prepared.request);
    const totals = kindTotals(judged, prepared);
    if (prepared.weights.some(({ scale }) => 'node' in scale)) {
      yield* byNode({ prepared, judged, totals, turn, options });
    } else {
      yield* byKind({ prepared, judged, totals, turn, options });
    }
  }

  /** Up to `count` of the best. */
  best(request: PlacementRequest, count: number, options: SelectOptions = {}): HostState[] {
    const found: HostState[] = [];
    for (const host of this.ranked(this.prepare(request, options.problems), options)) {
      if (found.length >= count) {
        break;
      }
      found.push(host);
    }
    return found;
  }
}

interface Choice {
  readonly prepared: Prepared;
  readonly judged: JudgedKinds;
  /** By the place of the kind; -Infinity for one that is out of the question. */
  readonly totals: Float64Array;
  readonly turn: number;
  readonly options: SelectOptions;
}

/** Equally good nodes are taken in an order that differs between servers: many schedulers at once then seldom meet. */
const turnOf = ({ instanceUuid }: PlacementRequest): number =>
  instanceUuid === null ? 0 : Number.parseInt(instanceUuid.slice(0, 8), 16);

const passes = ({ prepared, options: { without } }: Choice, host: HostState): boolean =>
  without?.has(host.id) !== true &&
  prepared.nodeJudges.every(({ judge }) => judge(host) === undefined);

/** What the weighers of kinds say, each normalised over the kinds that pass and have an open node. */
function kindTotals({ groups, values }: JudgedKinds, { kindJudges }: Prepared): Float64Array {
  const totals = new Float64Array(groups.length);
  const ofRequest = kindJudges.filter(({ perRequest }) => perRequest);
  groups.forEach(({ kind, open }, index) => {
    const isOut = open.length === 0 || ofRequest.some(({ judge }) => judge(kind) !== undefined);
    totals[index] = isOut ? -Infinity : 0;
  });
  for (const { multiplier, ofKinds } of values) {
    const range = new Range();
    ofKinds.forEach((value, index) => {
      if (totals[index] !== -Infinity) range.add(value);
    });
    ofKinds.forEach((value, index) => {
      totals[index] = (totals[index] as number) + multiplier * range.normalise(value);
    });
  }
  return totals;
}

/**
 * No weigher looks at single nodes: whole kinds have their place, and of each only as many nodes are seen as are
 * wanted.
 */
function* byKind(choice: Choice): Generator<HostState> {
  const { judged, totals, turn } = choice;
  // Seldom more than one is needed, so no sort of all.
  for (let tied = highest(totals); tied.length > 0; tied = highest(totals)) {
    for (let step = 0; step < tied.length; step += 1) {
      const index = tied[(turn + step) % tied.length] as number;
      yield* passing(choice, judged.groups[index]?.open ?? []);
    }
    for (const index of tied) {
      totals[index] = -Infinity;
    }
  }
}

/** The places of all that have the highest total; none when all are done with. */
function highest(totals: Float64Array): number[] {
  let most = -Infinity;
  let places: number[] = [];
  totals.forEach((total, index) => {
    if (total > most) {
      most = total;
      places = [index];
    } else if (total === most && most !== -Infinity) {
      places.push(index);
    }
  });
  return places;
}

/** Those of the list that pass, beginning with the one whose turn it is. */
function* passing(choice: Choice, hosts: readonly HostState[]): Generator<HostState> {
  for (let step = 0; step < hosts.length; step += 1) {
    const host = hosts[(choice.turn + step) % hosts.length] as HostState;
    if (passes(choice, host)) {
      yield host;
    }
  }
}

interface Weighed {
  readonly hosts: readonly HostState[];
  readonly sums: Float64Array;
}

/** Some weigher looks at single nodes: all that are open are weighed. */
function* byNode(choice: Choice): Generator<HostState> {
  const { hosts, sums } = weighed(choice);
  // Once it was judged, or yielded, its sum is -Infinity.
  for (;;) {
    const index = highestPassing(choice, { hosts, sums });
    if (index === undefined) {
      return;
    }
    yield hosts[index] as HostState;
    sums[index] = -Infinity;
  }
}

function weighed({ prepared, judged, totals }: Choice): Weighed {
  const hosts: HostState[] = [];
  const starts: number[] = [];
  judged.groups.forEach(({ open }, index) => {
    if (totals[index] === -Infinity) {
      return;
    }
    for (const host of open) {
      hosts.push(host);
      starts.push(totals[index] as number);
    }
  });
  const sums = Float64Array.from(starts);
  for (const { scale, multiplier } of prepared.weights) {
    if ('node' in scale) {
      addNodeWeights({ hosts, sums }, scale.node, multiplier);
    }
  }
  return { hosts, sums };
}

/**
 * Judges only what is better than the best so far: most nodes need no judgement then. Which of equals, the turn
 * decides.
 */
function highestPassing(choice: Choice, { hosts, sums }: Weighed): number | undefined {
  const from = hosts.length === 0 ? 0 : choice.turn % hosts.length;
  let best: number | undefined;
  let most = -Infinity;
  for (let step = 0; step < hosts.length; step += 1) {
    const index = (from + step) % hosts.length;
    const sum = sums[index] as number;
    if (sum > most) {
      if (passes(choice, hosts[index] as HostState)) {
        best = index;
        most = sum;
      } else {
        sums[index] = -Infinity;
      }
    }
  }
  return best;
}

function addNodeWeights(
  { hosts, sums }: Weighed,
  weigh: (host: HostState) => number,
  multiplier: number,
): void {
  const range = new Range();
  const values = new Float64Array(hosts.length);
  for (let index = 0; index < hosts.length; index += 1) {
    const value = weigh(hosts[index] as HostState);
    values[index] = value;
    range.add(value);
  }
  for (let index = 0; index < hosts.length; index += 1) {
    const weight = multiplier * range.normalise(values[index] as number);
    sums[index] = (sums[index] as number) + weight;
  }
}
