import { Fault } from '@metalcast/domain';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { callerOf, type Caller } from '../http/access/caller.js';
import { requireInSpan } from '../http/routing/microversion.js';
import { refusedRoutes, type RefusedRoute } from './refused-routes.js';

/** Fault NOT_FOUND when the caller cannot see such a server. */
export type RequireServer = (id: string, caller: Caller) => Promise<unknown>;

/**
 * Answers what OpenStack has and Metalcast does not with a sentence: a 404 would read as if the server, or the user,
 * were gone. The usual checks come first. Call it before the routes of the controllers are added: Fastify then refuses
 * a route that has become a controller's.
 */
export function refuseRoutes(server: FastifyInstance, requireServer: RequireServer): void {
  for (const route of refusedRoutes) {
    server.route({
      method: route.method,
      url: route.path,
      config: { rule: 'metalcast:not_offered' },
      handler: (request) => refuse(request, route, requireServer),
    });
  }
}

const ofServer = '/compute/v2.1/servers/:id';

async function refuse(
  request: FastifyRequest,
  { path, reason, microversions }: RefusedRoute,
  requireServer: RequireServer,
): Promise<never> {
  requireInSpan(request, microversions);
  if (path.startsWith(ofServer)) {
    const { id } = request.params as { readonly id: string };
    await requireServer(id, callerOf(request));
  }
  throw new Fault('NOT_IMPLEMENTED', { reason });
}
