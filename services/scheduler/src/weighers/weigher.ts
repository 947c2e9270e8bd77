import type { Scene } from '../filters/filter.js';
import type { HostKind } from '../fleet/host-kind.js';
import type { HostState } from '../fleet/host-state.js';
import type { KindRequest } from '../request/kind-request.js';
import type { PlacementRequest } from '../request/placement-request.js';

interface KindScale {
  readonly kind: (kind: HostKind) => number;
}

export interface NodeScale {
  readonly node: (host: HostState) => number;
}

/** A weigher made ready for one request: rates kinds, or single nodes. More is better; any scale, it is normalised. */
export type Scale = KindScale | NodeScale;

interface Weigher {
  /** Nova's name where Nova has one. */
  readonly name: string;
  /** 0 unless configured otherwise: not asked. */
  readonly defaultMultiplier: number;
}

/** Rates kinds. What it says is remembered by what it may read of the request. */
export interface KindWeigher extends Weigher {
  /** Undefined: has nothing to say about this request. */
  prepare(request: KindRequest, scene: Scene): KindScale | undefined;
}

/** Rates nodes, by all of the request. */
export interface NodeWeigher extends Weigher {
  prepare(request: PlacementRequest, scene: Scene): NodeScale | undefined;
}

/** Rates the nodes that can be had. No I/O. */
export type HostWeigher = KindWeigher | NodeWeigher;
