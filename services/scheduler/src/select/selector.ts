import type { Scene } from '../filters/filter.js';
import type { ComputeProblems } from '../fleet/compute-services.js';
import type { Fleet } from '../fleet/fleet.js';
import type { HostState } from '../fleet/host-state.js';
import type { PlacementRequest } from '../request/placement-request.js';
import { JudgedKindsCache, type JudgedKinds } from './judged-kinds.js';
import { prepare, type Policy, type Prepared } from './prepared.js';
import { Range } from './ranges.js';

export interface SelectOptions {
  /** ids of nodes that are already chosen. */
  readonly without?: ReadonlySet<number>;
  /** Replaces the present problems of compute services. */
  readonly problems?: ComputeProblems;
}

/**
 * Chooses nodes. Filters judge kinds instead of nodes, and the answers are cached for one second, so the cost of a
 * choice depends on the number of kinds. Single nodes are judged only by what differs within a kind.
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

  /** Prepares filters and weighers for the present state, or for other problems of compute. Faults of the filters. */
  prepare(request: PlacementRequest, problems?: ComputeProblems): Prepared {
    const scene = this.scene();
    return prepare(request, this.policy, { ...scene, problems: problems ?? scene.problems });
  }

  /** The best nodes, best first, computed as the caller iterates. The fleet must not change during the iteration. */
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

  /** At most `count` of the best nodes. */
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
  /** Total weight by the index of the kind; -Infinity for an excluded kind. */
  readonly totals: Float64Array;
  readonly turn: number;
  readonly options: SelectOptions;
}

/**
 * Start index among equally good nodes. It differs between servers, so parallel schedulers seldom choose the same node.
 */
const turnOf = ({ instanceUuid }: PlacementRequest): number =>
  instanceUuid === null ? 0 : Number.parseInt(instanceUuid.slice(0, 8), 16);

const passes = ({ prepared, options: { without } }: Choice, host: HostState): boolean =>
  without?.has(host.id) !== true &&
  prepared.nodeJudges.every(({ judge }) => judge(host) === undefined);

/** Sum of the weighers of kinds, each normalised over the passing kinds that have an open node. */
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
 * For requests without a weigher of nodes: whole kinds are ranked, and only the needed nodes of each kind are judged.
 */
function* byKind(choice: Choice): Generator<HostState> {
  const { judged, totals, turn } = choice;
  // A full sort is not worth its cost: usually one node is enough.
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

/** Indexes of the kinds with the highest total; empty when no kind is left. */
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

/** The nodes of the list that pass, from the start index on. */
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

/** For requests with a weigher of nodes: every open node is weighed. */
function* byNode(choice: Choice): Generator<HostState> {
  const { hosts, sums } = weighed(choice);
  // A node that was rejected or yielded gets the sum -Infinity.
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
 * Judges only nodes with a better sum than the best so far, so most nodes need no judgement. Among equal sums the start
 * index decides.
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
