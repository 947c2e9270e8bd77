import { Fault } from '@metalcast/domain';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { routeFault } from '../../faults/fault-of.js';
import type { AnonymousPace } from '../limits/anonymous-pace.js';
import { isPublic } from '../../policy/policy.js';
import { authenticate, requireAccess, type Authenticator } from './authentication.js';
import { clientKey } from '../limits/client-address.js';
import { requireSpokenVersion } from '../routing/microversion.js';
import type { RouteTable } from '../routing/route-table.js';

const mostHeaders = 100;

export interface AdmissionUses {
  /** The application and its authenticator exist only after the hooks were added. */
  readonly authenticator: () => Authenticator;
  readonly routes: RouteTable;
  readonly pace: AnonymousPace;
  /**
   * The client's address, also behind trusted proxies. For a URL that cannot be read, Fastify knows only the address of
   * the connection.
   */
  readonly addressOf: (request: FastifyRequest['raw']) => string;
  /** Called when the caller is known: the connection is a user's. */
  readonly admitted: (request: FastifyRequest) => void;
}

/**
 * Decides from the headers, before the body is read, whether a request is served. Refuses unknown routes, missing and
 * wrong tokens, callers without the right role, and bodies that are too large.
 */
export function admit(server: FastifyInstance, uses: AdmissionUses): void {
  server.addHook('onRequest', async (request, reply) => {
    const { rule } = request.routeOptions.config;
    const isOpen = rule !== undefined && isPublic(rule);
    await identify(request, uses, isOpen);
    const { caller } = request;
    requireHost(request);
    requireKnownExpectation(request, reply);
    requireFewHeaders(request);
    if (caller !== undefined) {
      requireSpokenVersion(request);
    }
    if (request.is404) {
      throw routeFault(request, uses.routes);
    }
    if (caller !== undefined) {
      requireAccess(request, caller);
    } else if (!isOpen) {
      throw new Fault('UNAUTHORIZED');
    }
    requireSmallBody(request);
    if (!isStream(request)) {
      continueBody(request, reply);
    }
  });
}

/** Sets `request.caller`; a request without a valid token waits for its turn. Fault: TOO_MANY_REQUESTS. */
export async function identify(
  request: FastifyRequest,
  { addressOf, authenticator, pace, admitted }: AdmissionUses,
  isOpen = false,
): Promise<void> {
  const caller = isOpen ? undefined : await authenticate(request, authenticator());
  if (caller === undefined) {
    await pace.turn(clientKey(addressOf(request.raw)));
  } else {
    request.caller = caller;
    admitted(request);
  }
}

function requireHost({ raw }: FastifyRequest): void {
  if (raw.httpVersion === '1.1' && raw.headers.host === undefined) {
    throw new Fault('BAD_REQUEST', { reason: 'A request must have a Host header.' });
  }
}

function requireKnownExpectation({ headers }: FastifyRequest, reply: FastifyReply): void {
  const { expect } = headers;
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') {
    // It is not known whether such a client sends a body or a request next.
    reply.header('connection', 'close');
    throw new Fault('EXPECTATION_FAILED');
  }
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

/** Streams are read by their handlers, which have limits of their own; other handlers refuse them. */
export const isStream = ({ headers }: FastifyRequest): boolean =>
  headers['content-type']?.toLowerCase().startsWith(streamType) === true;

export const streamType = 'application/octet-stream';

/** Tells a client that waits (`Expect: 100-continue`) to send the body. */
export function continueBody({ raw, headers }: FastifyRequest, reply: FastifyReply): void {
  if (headers.expect?.toLowerCase() === '100-continue' && !raw.complete) {
    reply.raw.writeContinue();
  }
}
