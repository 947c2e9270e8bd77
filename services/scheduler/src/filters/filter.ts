import type { HostState } from '../host-state.js';
import type { RequestSpec } from '../request-spec.js';

/** Judges one node. Returns why it is unfit, or undefined when it passes. No I/O. */
export interface HostFilter {
  /** Nova's name where Nova has one. */
  readonly name: string;
  reject(host: HostState, spec: RequestSpec): string | undefined;
}
