import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Connections } from './connections.js';
import { meteredRequests, meterUnread } from './metered-request.js';
import { fewAtOnce } from './pipelining.js';

export interface ListenerOptions {
  readonly connections: Connections;
  /** Time limit for a request's headers, from the first byte or the start of the connection. */
  readonly headersMs: number;
  /** Size limit of a request's headers; Node's default when absent. */
  readonly headBytes?: number;
  /** Whether to accept a connection; a refused one ends no other. */
  readonly admits?: (socket: Socket) => boolean;
  /**
   * Called when a connection was ended for too many pipelined requests, or for a body that costs more than its bytes.
   */
  readonly ended?: (socket: Socket) => void;
}

/**
 * Longer than clients and proxies keep an idle connection: if the server closed it first, a reused connection would
 * fail.
 */
const keepAliveMs = 75_000;

/** Node notices missing headers at most this late. */
const checkMs = 1000;

/** More than a request may have, so that such a request is refused and not cut. */
const keptHeaders = 500;

/**
 * An HTTP server with limits against clients that open connections and send little. Requests that Node would refuse
 * itself (without a Host, with an unknown expectation) are passed to the handler, so that it counts them.
 */
export function createListener(
  handler: RequestListener,
  { connections, headersMs, headBytes, admits, ended = () => undefined }: ListenerOptions,
): Server {
  const isFew = fewAtOnce(ended);
  const options = {
    connectionsCheckingInterval: checkMs,
    requireHostHeader: false,
    maxHeaderSize: headBytes,
    IncomingMessage: meteredRequests(ended),
  };
  const server = createServer(options, (request, response) => {
    if (isFew(request, response)) {
      meterUnread(request, response);
      handler(request, response);
    }
  });
  server.keepAliveTimeout = keepAliveMs;
  server.headersTimeout = headersMs;
  // Bodies have limits by type: JSON a time limit for the whole, an image a time limit for silence.
  server.requestTimeout = 0;
  server.maxHeadersCount = keptHeaders;
  // Without these listeners Node asks for the body at once. The handler asks for it when the sender is known.
  for (const event of ['checkContinue', 'checkExpectation']) {
    server.on(event, (request, response) => server.emit('request', request, response));
  }
  connections.watch(server, admits);
  return server;
}
