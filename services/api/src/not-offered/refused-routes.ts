import type { Span } from '../http/routing/microversion.js';
import type { ApiName } from '../openapi/api-names.js';
import { computeRoutes } from './compute-routes.js';
import { identityRoutes } from './identity-routes.js';
import { imageRoutes } from './image-routes.js';
import { networkRoutes } from './network-routes.js';
import type { NotOffered } from './not-offered.js';

/** A route that is known, and refused. */
export interface RefusedRoute {
  readonly api: ApiName;
  readonly method: string;
  /** As Fastify has it: `/compute/v2.1/os-volumes/:id`. */
  readonly path: string;
  readonly reason: string;
  readonly microversions: Span;
}

/** By API, and the path that its routes begin with. */
export const notOffered: readonly (readonly [ApiName, prefix: string, readonly NotOffered[]])[] = [
  ['compute', '/compute/v2.1', computeRoutes],
  ['identity', '/identity/v3', identityRoutes],
  ['image', '/image/v2', imageRoutes],
  ['network', '/network/v2.0', networkRoutes],
];

export const refusedRoutes: readonly RefusedRoute[] = notOffered.flatMap(
  ([api, prefix, families]) =>
    families.flatMap(({ routes, reason, microversions = {} }) =>
      routes.flatMap(([path, methods]) =>
        methods
          .split(' ')
          .map((method) => ({ api, method, path: `${prefix}/${path}`, reason, microversions })),
      ),
    ),
);
