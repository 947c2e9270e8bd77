import { worded, type Miss } from '../filters/filter.js';
import type { Fleet } from '../fleet/fleet.js';
import type { HostKind } from '../fleet/host-kind.js';
import type { HostState } from '../fleet/host-state.js';
import type { KindJudge, Prepared } from '../select/prepared.js';

/** What the first filter that rejects a node says of it. */
export interface Rejection {
  readonly order: number;
  readonly filter: string;
  readonly miss: Miss;
}

/** A node that came closest to passing, with all that stands against it: first what it is counted under. */
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
  /** A few, by id. */
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
  /** The nearest, and others that are as near. */
  readonly nearest: HostState[];
  distance: number;
}

const exampleCount = 3;
/** Among so many nodes that are equally near, the one with the least against it is looked for. */
const nearestCount = 10;

/**
 * Asks every filter about every node, the first that rejects one speaks for it. The reasons come in the order of the
 * filters, and the most frequent first where one filter has several.
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

/** Kinds are judged once each. Of one filter, what it says of the kind comes first, as in `allRejections`. */
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

/** Everything that stands against the node, in the order of the filters. */
function allRejections({ kindJudges, nodeJudges }: Prepared, host: HostState): Rejection[] {
  const told = [
    ...kindJudges.map(({ order, name, judge }) => ({
      order,
      filter: name,
      miss: judge(host.kind),
    })),
    ...nodeJudges.map(({ order, name, judge }) => ({ order, filter: name, miss: judge(host) })),
  ];
  return told
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

/** A node that is taken comes after all that are not: the nearest is one that could be had. */
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

/** What is so of the node by the miss; undefined where the reason says it all. */
export const detailOf = ({ detail }: Miss, host: HostState): string | undefined =>
  detail === undefined ? undefined : worded(detail, host);

/** What is so of the node by what it is counted under. */
export function firstDetail({ host, misses: [first] }: Nearest): string | undefined {
  return first === undefined ? undefined : detailOf(first.miss, host);
}

/** All that must change for the node to fit; nothing when something stands against it that nobody can change. */
export function changesFor({ host, misses }: Nearest): readonly string[] {
  const changes = misses.flatMap(({ miss: { change } }) =>
    change === undefined ? [] : [worded(change, host)],
  );
  return changes.length < misses.length ? [] : [...new Set(changes)];
}
