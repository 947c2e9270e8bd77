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

/**
 * A weigher prepared for one request. Rates kinds or single nodes. Larger is better; values of any scale are
 * normalised.
 */
export type Scale = KindScale | NodeScale;

interface Weigher {
  /** Nova's name where Nova has the weigher. */
  readonly name: string;
  /** 0: off unless configured. */
  readonly defaultMultiplier: number;
}

/** Rates kinds. Its values are cached by the KindRequest, the only part of the request that it may read. */
export interface KindWeigher extends Weigher {
  /** Undefined: the weigher does not apply to this request. */
  prepare(request: KindRequest, scene: Scene): KindScale | undefined;
}

/** Rates single nodes by the whole request. */
export interface NodeWeigher extends Weigher {
  prepare(request: PlacementRequest, scene: Scene): NodeScale | undefined;
}

/** Rates claimable nodes. No I/O. */
export type HostWeigher = KindWeigher | NodeWeigher;
