import type { Scene } from '../filters/filter.js';
import type { HostKind } from '../fleet/host-kind.js';
import type { HostState } from '../fleet/host-state.js';
import type { PlacementRequest } from '../request/placement-request.js';

/** A weigher made ready for one request: rates kinds, or single nodes. More is better; any scale, it is normalised. */
export type Scale =
  { readonly kind: (kind: HostKind) => number } | { readonly node: (host: HostState) => number };

/** Rates the nodes that can be had. No I/O. */
export interface HostWeigher {
  /** Nova's name where Nova has one. */
  readonly name: string;
  /** 0 unless configured otherwise: not asked. */
  readonly defaultMultiplier: number;
  /** Undefined: has nothing to say about this request. */
  prepare(request: PlacementRequest, scene: Scene): Scale | undefined;
}
