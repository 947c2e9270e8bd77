// HTTP for whoever is on the nodes' wire: no caller is known before it has spoken, so each gets only so much.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { fastify, type FastifyInstance } from 'fastify';
import { Shares } from './shares.js';

export interface NodeFacingLimits {
  /** Bytes of a request's body. */
  readonly bodyLimit: number;
  /** For a whole request to come, head and body; default 30 s. */
  readonly requestTimeoutMs?: number;
  /** How long a connection may bring and take nothing, answers that wait included; default 120 s. */
  readonly silenceMs?: number;
  /** Connections of one address; default 32. A machine needs a handful. */
  readonly connectionsOfAddress?: number;
  /** Requests of one address that are being answered; default 16. They may come without waiting for answers. */
  readonly requestsOfAddress?: number;
}

const headBytes = 8 * 1024;
const headTimeoutMs = 10_000;
const checkMs = 5_000;
const keepAliveMs = 15_000;
const mostConnections = 4096;
const requestsOfConnection = 1000;

/** A server with limits, not yet listening. A HEAD does not run the handler of its GET. */
export function nodeFacingHttp(limits: NodeFacingLimits): FastifyInstance {
  const {
    bodyLimit,
    requestTimeoutMs = 30_000,
    silenceMs = 120_000,
    connectionsOfAddress = 32,
    requestsOfAddress = 16,
  } = limits;
  const server = fastify({
    logger: false,
    exposeHeadRoutes: false,
    bodyLimit,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: silenceMs,
    keepAliveTimeout: keepAliveMs,
    maxRequestsPerSocket: requestsOfConnection,
    forceCloseConnections: true,
    http: {
      maxHeaderSize: headBytes,
      headersTimeout: Math.min(headTimeoutMs, requestTimeoutMs),
      connectionsCheckingInterval: Math.min(checkMs, requestTimeoutMs),
    },
  });
  server.server.maxConnections = mostConnections;
  const connections = new Shares();
  server.server.on('connection', (socket: Socket) => {
    if (connections.take(addressOf(socket), connectionsOfAddress, socket)) {
      return;
    }
    socket.destroy();
  });
  const requests = new Shares();
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
  return server;
}

function addressOf(from: Socket | IncomingMessage): string {
  const { remoteAddress } = 'socket' in from ? from.socket : from;
  return remoteAddress ?? '';
}
