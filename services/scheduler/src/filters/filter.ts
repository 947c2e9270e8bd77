import type { Fleet } from '../fleet/fleet.js';
import type { HostKind } from '../fleet/host-kind.js';
import type { HostState } from '../fleet/host-state.js';
import type { ComputeProblems } from '../fleet/compute-services.js';
import type { KindRequest } from '../request/kind-request.js';
import type { PlacementRequest } from '../request/placement-request.js';
import type { Settings } from '../settings.js';

/** Text about a node. A function when the text is expensive to make or names the node. */
export type NodeText = string | ((host: HostState) => string);

/** Why a node is unfit. */
export interface Miss {
  /**
   * A predicate without its subject, equal for all nodes with the same problem: "has too little memory, 8192 MiB
   * asked".
   */
  readonly reason: string;
  /** Distance from passing; smaller is nearer. Comparable only among misses with the same reason. */
  readonly distance?: number;
  /** The facts of this node: "4096 MiB, 4096 MiB short". */
  readonly detail?: NodeText;
  /** All changes that would make this node pass: "use a flavor with at most 4096 MiB of memory". */
  readonly change?: NodeText;
}

/** The input of filters besides the node and the request. */
export interface Scene {
  readonly settings: Settings;
  readonly fleet: Pick<Fleet, 'hosts' | 'racks' | 'powerFeeds'>;
  readonly problems: ComputeProblems;
  /** ms since the epoch */
  readonly now: number;
}

interface NodeJudges {
  /** Undefined: the node passes. */
  readonly node?: (host: HostState) => Miss | undefined;
}

/** A filter prepared for one request. A missing part passes every node. */
export interface KindJudges extends NodeJudges {
  /** Judges the properties that all nodes of a kind share, once per kind. Undefined: the kind passes. */
  readonly kind?: (kind: HostKind) => Miss | undefined;
}

/**
 * A prepared filter that may read the whole request. `perRequest`: its answers about kinds are not cached for others.
 */
export type RequestJudges =
  (NodeJudges & { readonly kind?: never }) | (KindJudges & { readonly perRequest: true });

interface Named {
  /** Nova's name where Nova has the filter. */
  readonly name: string;
}

/** A condition on kinds. Its answers are cached by the KindRequest, the only part of the request that it may read. */
export interface KindFilter extends Named {
  /** Faults: as those of RequestFilter. */
  prepare(request: KindRequest, scene: Scene): KindJudges;
}

/** A condition that reads more of the request than a KindFilter. */
export interface RequestFilter extends Named {
  /** Throws a Fault for a request that cannot be judged. Only this request fails. */
  prepare(request: PlacementRequest, scene: Scene): RequestJudges;
}

/** One condition on a node. No I/O. */
export type HostFilter = KindFilter | RequestFilter;

export const textFor = (words: NodeText, host: HostState): string =>
  typeof words === 'string' ? words : words(host);

/** Passes every node. */
export const passAll = {};

/** `a, b and c` */
export const listed = (items: readonly string[]): string =>
  [items.slice(0, -1).join(', '), ...items.slice(-1)].filter((part) => part !== '').join(' and ');

/** `1 GiB`, `4 CPUs`: a number with its unit, for the texts of filters. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;
