import { createServer, type RequestListener, type Server } from 'node:http';
import type { Connections } from './connections.js';
import { fewAtOnce } from './pipelining.js';

export interface ListenerOptions {
  readonly connections: Connections;
  /** For a request's headers, from the first byte or the connection's begin. */
  readonly headersMs: number;
}

/** Longer than clients and proxies keep an idle connection: a reset of one that they reuse reads as a failure. */
const keepAliveMs = 75_000;

/** How late Node notices that headers do not come. */
const checkMs = 1000;

/** Beyond what a request may have, so that it is refused and not cut. */
const keptHeaders = 500;

/** The HTTP server, with limits for who opens connections and sends little over them. */
export function createListener(
  handler: RequestListener,
  { connections, headersMs }: ListenerOptions,
): Server {
  const isFew = fewAtOnce();
  const server = createServer({ connectionsCheckingInterval: checkMs }, (request, response) => {
    if (isFew(request, response)) {
      handler(request, response);
    }
  });
  server.keepAliveTimeout = keepAliveMs;
  server.headersTimeout = headersMs;
  // Bodies have limits by what they are: JSON one for the whole, an image one for silence.
  server.requestTimeout = 0;
  server.maxHeadersCount = keptHeaders;
  // Without this listener Node asks for the body at once; so does who reads it, when it is known who sends.
  server.on('checkContinue', (request, response) => server.emit('request', request, response));
  // What else a client may expect, nobody can give it. Node's own refusal would not be counted.
  server.on('checkExpectation', (request, response) => {
    if (isFew(request, response)) {
      response.writeHead(417, { connection: 'close' }).end();
    }
  });
  connections.watch(server);
  return server;
}
