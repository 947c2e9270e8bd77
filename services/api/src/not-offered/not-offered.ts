import type { Span } from '../http/routing/microversion.js';

/** Routes of an OpenStack API that are known here and not offered, all for one reason. */
export interface NotOffered {
  /** The methods of each path: `['os-volumes/:id', 'GET DELETE']`. */
  readonly routes: readonly (readonly [path: string, methods: string])[];
  /** What it is, and what to use instead: the message of the refusal. */
  readonly reason: string;
  /** Outside of these microversions Nova does not have the routes either. */
  readonly microversions?: Span;
}
