// HTTP for clients on the nodes' network: no caller is known before its first request, so that each has limits.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { Connections } from './connections.js';
import { createListener } from './listener.js';
import { UsesByKey } from './uses-by-key.js';
import { withoutSchemas } from './without-schemas.js';

export interface NodeFacingLimits {
  /** Bytes of a request's body. */
  readonly bodyLimit: number;
  /** Time limit for a whole request, head and body; default 30 s. */
  readonly requestTimeoutMs?: number;
  /** How long a connection may be silent in both directions, waiting answers included; default 120 s. */
  readonly silenceMs?: number;
  /** Limit for all connections; default 4096. */
  readonly connections?: number;
  /** Limit for the connections of one address; default 32. A machine needs a handful. */
  readonly connectionsOfAddress?: number;
  /** Limit for the requests of one address that are being answered; default 16. They may be pipelined. */
  readonly requestsOfAddress?: number;
}

const headBytes = 8 * 1024;
const headTimeoutMs = 10_000;
const keepAliveMs = 15_000;
const mostConnections = 4096;
const requestsOfConnection = 1000;

/** A server with limits; it does not listen yet. A HEAD does not run the handler of its GET. */
export function nodeFacingHttp(limits: NodeFacingLimits): FastifyInstance {
  const {
    bodyLimit,
    requestTimeoutMs = 30_000,
    silenceMs = 120_000,
    connections: most = mostConnections,
    connectionsOfAddress = 32,
    requestsOfAddress = 16,
  } = limits;
  const connections = new Connections(most);
  const ofAddress = new UsesByKey();
  const server = fastify({
    logger: false,
    schemaController: withoutSchemas,
    exposeHeadRoutes: false,
    bodyLimit,
    forceCloseConnections: true,
    serverFactory: (handler) => {
      const listener = createListener(handler, {
        connections,
        headersMs: Math.min(headTimeoutMs, requestTimeoutMs),
        headBytes,
        admits: (socket) => ofAddress.take(addressOf(socket), connectionsOfAddress, socket),
      });
      listener.requestTimeout = requestTimeoutMs;
      listener.keepAliveTimeout = keepAliveMs;
      listener.maxRequestsPerSocket = requestsOfConnection;
      listener.setTimeout(silenceMs);
      return listener;
    },
  });
  const requests = new UsesByKey();
  server.addHook('onRequest', (request, reply, done) => {
    if (requests.take(addressOf(request.raw), requestsOfAddress, reply.raw)) {
      done();
      return;
    }
    reply
      .code(503)
      .headers({ connection: 'close', 'retry-after': '1' })
      .type('text/plain')
      .send('too many requests of this address at once\n');
  });
  server.addHook('onRequest', async (request, reply) => {
    meetExpectation(request, reply);
  });
  // Counted only once the request is complete: a request whose body does not arrive would keep its place.
  server.addHook('preHandler', ({ raw }, _reply, done) => {
    connections.serve(raw.socket);
    done();
  });
  return server;
}

/** Node does this itself for servers without limits on pipelined requests. */
function meetExpectation({ raw }: FastifyRequest, reply: FastifyReply): void {
  const { expect, host } = raw.headers;
  if (raw.httpVersion === '1.1' && host === undefined) {
    throw refusal(400, 'A request must have a Host header.');
  }
  if (expect === undefined) {
    return;
  }
  if (expect.toLowerCase() !== '100-continue') {
    reply.header('connection', 'close');
    throw refusal(417, 'Only the expectation 100-continue is supported.');
  }
  reply.raw.writeContinue();
}

const refusal = (statusCode: number, reason: string): Error =>
  Object.assign(new Error(reason), { statusCode });

function addressOf(from: Socket | IncomingMessage): string {
  const { remoteAddress } = 'socket' in from ? from.socket : from;
  return remoteAddress ?? '';
}
