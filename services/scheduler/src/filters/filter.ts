import type { Fleet } from '../fleet/fleet.js';
import type { HostKind } from '../fleet/host-kind.js';
import type { HostState } from '../fleet/host-state.js';
import type { ComputeProblems } from '../fleet/compute-services.js';
import type { KindRequest } from '../request/kind-request.js';
import type { PlacementRequest } from '../request/placement-request.js';
import type { Settings } from '../settings.js';

/** What is told of a node. Where it costs something to say, or names the node, it is said when it is asked for. */
export type Words = string | ((host: HostState) => string);

/** Why a node is unfit. */
export interface Miss {
  /**
   * A sentence without its subject, the same for all nodes that miss alike: "has too little memory, 8192 MiB asked".
   */
  readonly reason: string;
  /** How far off it is; the least is the nearest. Compared among misses of one reason only. */
  readonly distance?: number;
  /** What is so of this very node: "4096 MiB, 4096 MiB short". */
  readonly detail?: Words;
  /** All that would make this very node pass: "use a flavor with at most 4096 MiB of memory". */
  readonly change?: Words;
}

/** What a filter can look at besides the node and the request. */
export interface Scene {
  readonly settings: Settings;
  readonly fleet: Pick<Fleet, 'hosts' | 'racks' | 'powerFeeds'>;
  readonly problems: ComputeProblems;
  /** ms of the epoch */
  readonly now: number;
}

interface NodeJudges {
  /** Undefined: passes. */
  readonly node?: (host: HostState) => Miss | undefined;
}

/** A filter made ready for one request; a part that is left out lets everything pass. */
export interface KindJudges extends NodeJudges {
  /** Of what all nodes of a kind have in common: asked once per kind. Undefined: passes. */
  readonly kind?: (kind: HostKind) => Miss | undefined;
}

/** The same of a filter that reads all of the request: what it says of kinds is remembered for no other request. */
export type RequestJudges =
  (NodeJudges & { readonly kind?: never }) | (KindJudges & { readonly perRequest: true });

interface Named {
  /** Nova's name where Nova has one. */
  readonly name: string;
}

/** A condition of kinds. Its answers are remembered by what it may read of the request. */
export interface KindFilter extends Named {
  /** Faults: as those of any filter. */
  prepare(request: KindRequest, scene: Scene): KindJudges;
}

/** A condition that reads more of the request. */
export interface RequestFilter extends Named {
  /** Throws a Fault for a request that cannot be judged at all: it alone fails, with that name. */
  prepare(request: PlacementRequest, scene: Scene): RequestJudges;
}

/** One condition that a node must meet. No I/O. */
export type HostFilter = KindFilter | RequestFilter;

export const worded = (words: Words, host: HostState): string =>
  typeof words === 'string' ? words : words(host);

/** Lets every node pass. */
export const passAll = {};

/** `a, b and c` */
export const listed = (items: readonly string[]): string =>
  [items.slice(0, -1).join(', '), ...items.slice(-1)].filter((part) => part !== '').join(' and ');

/** `1 GiB`, `4 CPUs`: a figure with its unit, for what filters say. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;
