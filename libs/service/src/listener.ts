import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Connections } from './connections.js';
import { meteredRequests, meterUnread } from './metered-request.js';
import { fewAtOnce } from './pipelining.js';

export interface ListenerOptions {
  readonly connections: Connections;
  /** For a request's headers, from the first byte or the connection's begin. */
  readonly headersMs: number;
  /** Of a request's headers; Node's default when absent. */
  readonly headBytes?: number;
  /** Whether a connection is taken at all; one that is not ends no other. */
  readonly admits?: (socket: Socket) => boolean;
  /** A connection was ended for requests that do not wait for answers, or for a body that costs more than its bytes. */
  readonly ended?: (socket: Socket) => void;
}

/** Longer than clients and proxies keep an idle connection: a reset of one that they reuse reads as a failure. */
const keepAliveMs = 75_000;

/** How late Node notices that headers do not come. */
const checkMs = 1000;

/** Beyond what a request may have, so that it is refused and not cut. */
const keptHeaders = 500;

/**
 * An HTTP server, with limits for who opens connections and sends little over them. All that Node would refuse by itself,
 * a request without a Host, an expectation that nobody knows, is the handler's to refuse: so it counts.
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
  // Bodies have limits by what they are: JSON one for the whole, an image one for silence.
  server.requestTimeout = 0;
  server.maxHeadersCount = keptHeaders;
  // Without these listeners Node asks for the body at once; so does who reads it, when it is known who sends.
  for (const event of ['checkContinue', 'checkExpectation']) {
    server.on(event, (request, response) => server.emit('request', request, response));
  }
  connections.watch(server, admits);
  return server;
}
