import type { IncomingMessage } from 'node:http';
import { newRequestId } from '@metalcast/domain';
import { withLogContext } from '@metalcast/log';
import type { FastifyInstance } from 'fastify';

const wellFormed = /^req-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The id that the client sent, if it is well formed, else a new one. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-openstack-request-id'] ?? headers['x-compute-request-id'];
  return typeof given === 'string' && wellFormed.test(given) ? given : newRequestId();
}

/** Puts the request id into every answer, errors included, and into every log line of the request. */
export function carryRequestId(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('x-openstack-request-id', request.id);
    if (request.url.startsWith('/compute/')) {
      reply.header('x-compute-request-id', request.id);
    }
    withLogContext({ requestId: request.id }, done);
  });
  // Reading the body continues in socket events, outside of the request's context.
  server.addHook('preValidation', (request, _reply, done) => {
    withLogContext({ requestId: request.id }, done);
  });
}
