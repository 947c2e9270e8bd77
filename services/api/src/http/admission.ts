import { Fault } from '@metalcast/domain';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { routeFault } from '../faults/fault-of.js';
import { authenticate, requireAccess, type Authenticator } from './authentication.js';
import { AnonymousPace } from './anonymous-pace.js';
import { clientKey } from './client-address.js';
import type { RouteTable } from './route-table.js';

const mostHeaders = 100;

export interface AdmissionUses {
  /** Known only when the application is made, after its hooks. */
  readonly authenticator: () => Authenticator;
  readonly routes: RouteTable;
  /** The caller is known: the connection is a user's. */
  readonly admitted: (request: FastifyRequest) => void;
}

/**
 * Decides who is served from the headers alone, before a byte of the body is read: an unknown route, a missing or wrong
 * token, a role that does not do, a body that is too large.
 */
export function admit(server: FastifyInstance, uses: AdmissionUses): void {
  const pace = new AnonymousPace();
  server.addHook('onRequest', async (request, reply) => {
    const isPublic = request.routeOptions.config.access?.kind === 'public';
    const caller = isPublic ? undefined : await authenticate(request, uses.authenticator());
    if (caller === undefined) {
      await pace.turn(clientKey(request.ip));
    } else {
      request.caller = caller;
      uses.admitted(request);
    }
    requireFewHeaders(request);
    if (request.is404) {
      throw routeFault(request, uses.routes);
    }
    if (caller !== undefined) {
      requireAccess(request, caller);
    } else if (!isPublic) {
      throw new Fault('UNAUTHORIZED');
    }
    requireSmallBody(request);
    if (!isStream(request)) {
      continueBody(request, reply);
    }
  });
}

function requireFewHeaders({ raw }: FastifyRequest): void {
  if (raw.rawHeaders.length / 2 > mostHeaders) {
    throw new Fault('BAD_REQUEST', {
      reason: `A request may have at most ${mostHeaders} headers.`,
    });
  }
}

function requireSmallBody(request: FastifyRequest): void {
  const { bodyLimit } = request.routeOptions;
  if (!isStream(request) && Number(request.headers['content-length'] ?? 0) > bodyLimit) {
    throw bodyTooLarge(bodyLimit);
  }
}

export const bodyTooLarge = (bodyLimit: number): Fault =>
  new Fault('TOO_LARGE', {
    reason: `The request body is too large: here it may have at most ${bodyLimit} bytes.`,
  });

/** Read by its handler, which has limits of its own; others refuse it. */
export const isStream = ({ headers }: FastifyRequest): boolean =>
  headers['content-type']?.toLowerCase().startsWith(streamType) === true;

export const streamType = 'application/octet-stream';

/** Tells a client that asked (`Expect: 100-continue`) to send the body. */
export function continueBody({ raw, headers }: FastifyRequest, reply: FastifyReply): void {
  if (headers.expect?.toLowerCase() === '100-continue' && !raw.complete) {
    reply.raw.writeContinue();
  }
}
