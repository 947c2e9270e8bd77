import type { HostState } from '../host-state.js';
import type { RequestSpec } from '../request-spec.js';

/** Rates a node that passed the filters; the highest is taken. No I/O. */
export interface HostWeigher {
  readonly name: string;
  weigh(host: HostState, spec: RequestSpec): number;
}
