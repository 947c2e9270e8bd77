import { textFor, type Miss } from '../filters/filter.js';
import type { Fleet } from '../fleet/fleet.js';
import type { HostKind } from '../fleet/host-kind.js';
import type { HostState } from '../fleet/host-state.js';
import type { KindJudge, Prepared } from '../select/prepared.js';

/** The miss that the first rejecting filter reports for a node. */
export interface Rejection {
  readonly order: number;
  readonly filter: string;
  readonly miss: Miss;
}

/**
 * A node that came closest to passing, with all its misses. The first miss is the one that the node is counted under.
 */
export interface Nearest {
  readonly host: HostState;
  readonly misses: readonly Rejection[];
}

/** Nodes that one filter rejects for one reason. */
export interface Refused {
  readonly filter: string;
  readonly reason: string;
  readonly order: number;
  readonly count: number;
  /** A few of the nodes, lowest ids first. */
  readonly examples: readonly HostState[];
  readonly nearest: Nearest;
}

export interface Explained {
  readonly nodes: number;
  readonly fitting: readonly HostState[];
  readonly refused: readonly Refused[];
}

interface Gathered {
  readonly filter: string;
  readonly reason: string;
  readonly order: number;
  count: number;
  readonly examples: HostState[];
  /** The nodes with the smallest distance, at most `nearestCount`. */
  readonly nearest: HostState[];
  distance: number;
}

const exampleCount = 3;
/** Among at most this many equally near nodes, explain picks the node with the fewest misses. */
const nearestCount = 10;

/**
 * Judges every node by every filter; a node counts under the first filter that rejects it. Reasons are sorted by the
 * order of the filters, then by the number of nodes.
 */
export function explain(fleet: Pick<Fleet, 'all' | 'size'>, prepared: Prepared): Explained {
  const reasons = new Map<string, Gathered>();
  const fitting: HostState[] = [];
  const rejectionOf = firstRejection(prepared);
  for (const host of fleet.all()) {
    const rejection = rejectionOf(host);
    if (rejection === undefined) {
      fitting.push(host);
    } else {
      gather(reasons, host, rejection);
    }
  }
  const refused = [...reasons.values()].map(
    ({ filter, reason, order, count, examples, nearest }) => ({
      filter,
      reason,
      order,
      count,
      examples,
      nearest: leastAgainst(
        nearest.map((host) => ({ host, misses: allRejections(prepared, host) })),
      ),
    }),
  );
  refused.sort((one, other) => one.order - other.order || other.count - one.count);
  return { nodes: fleet.size, fitting, refused };
}

/** Judges each kind once. Within one filter the kind's miss comes before the node's, as in `allRejections`. */
export function firstRejection(prepared: Prepared): (host: HostState) => Rejection | undefined {
  const { kindJudges, nodeJudges } = prepared;
  const ofKinds = new Map<HostKind, Rejection | null>();
  return (host) => {
    let ofKind = ofKinds.get(host.kind);
    if (ofKind === undefined) {
      ofKind = firstOfKind(kindJudges, host.kind) ?? null;
      ofKinds.set(host.kind, ofKind);
    }
    for (const { order, name, judge } of nodeJudges) {
      if (ofKind !== null && order >= ofKind.order) {
        break;
      }
      const miss = judge(host);
      if (miss !== undefined) {
        return { order, filter: name, miss };
      }
    }
    return ofKind ?? undefined;
  };
}

function firstOfKind(judges: readonly KindJudge[], kind: HostKind): Rejection | undefined {
  for (const { order, name, judge } of judges) {
    const miss = judge(kind);
    if (miss !== undefined) {
      return { order, filter: name, miss };
    }
  }
  return undefined;
}

/** All misses of the node, in the order of the filters. */
function allRejections({ kindJudges, nodeJudges }: Prepared, host: HostState): Rejection[] {
  const results = [
    ...kindJudges.map(({ order, name, judge }) => ({
      order,
      filter: name,
      miss: judge(host.kind),
    })),
    ...nodeJudges.map(({ order, name, judge }) => ({ order, filter: name, miss: judge(host) })),
  ];
  return results
    .flatMap(({ miss, ...rest }) => (miss === undefined ? [] : [{ ...rest, miss }]))
    .sort((one, other) => one.order - other.order);
}

function gather(reasons: Map<string, Gathered>, host: HostState, rejection: Rejection): void {
  const { filter, order, miss } = rejection;
  const key = `${order} ${miss.reason}`;
  const distance = miss.distance ?? 0;
  const known = reasons.get(key);
  if (known === undefined) {
    const { reason } = miss;
    reasons.set(key, {
      filter,
      reason,
      order,
      count: 1,
      examples: [host],
      nearest: [host],
      distance,
    });
    return;
  }
  known.count += 1;
  if (known.examples.length < exampleCount) {
    known.examples.push(host);
  }
  approach(known, host, distance);
}

/** Free nodes come before nodes with a server, because advice must name a node that can be used. */
function approach(known: Gathered, host: HostState, distance: number): void {
  const isTaken = host.instanceUuid !== null;
  const wasTaken = known.nearest[0]?.instanceUuid !== null;
  const isNearer = isTaken === wasTaken ? distance < known.distance : wasTaken;
  if (isNearer) {
    known.nearest.splice(0, known.nearest.length, host);
    known.distance = distance;
  } else if (
    isTaken === wasTaken &&
    distance === known.distance &&
    known.nearest.length < nearestCount
  ) {
    known.nearest.push(host);
  }
}

const leastAgainst = (nodes: readonly Nearest[]): Nearest =>
  nodes.reduce((best, one) => (one.misses.length < best.misses.length ? one : best));

/** The miss's detail for this node; undefined when the reason says everything. */
export const detailOf = ({ detail }: Miss, host: HostState): string | undefined =>
  detail === undefined ? undefined : textFor(detail, host);

/** The detail of the miss that the node is counted under. */
export function firstDetail({ host, misses: [first] }: Nearest): string | undefined {
  return first === undefined ? undefined : detailOf(first.miss, host);
}

/** All changes that would make the node fit. Empty when some miss has no remedy. */
export function changesFor({ host, misses }: Nearest): readonly string[] {
  const changes = misses.flatMap(({ miss: { change } }) =>
    change === undefined ? [] : [textFor(change, host)],
  );
  return changes.length < misses.length ? [] : [...new Set(changes)];
}
