import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

interface Allowance {
  readonly bytes: number;
  readonly ms: number;
}

/** A client that sends all before it reads gets its answer if there is no more than this to send. */
const anonymous: Allowance = { bytes: 4 * 1024 ** 2, ms: 5000 };
const ofUsers: Allowance = { bytes: Infinity, ms: 60_000 };

/** What a piece counts at least: it is an event, however small. */
const pieceBytes = 1024;

/** Time for a client that has sent too much to read the answer. */
const lingerMs = 1000;

/**
 * What is answered before its body was read: the rest is read and thrown away, for a connection that is closed on
 * unread bytes is reset, and the client loses the answer. But no more than so much of it, then the connection ends.
 */
export function limitUnreadBodies(server: FastifyInstance): void {
  server.addHook('onSend', async (request, reply) => {
    limitUnreadBody(request, reply);
  });
}

/** For an answer that no hook sees. */
export function limitUnreadBody(request: FastifyRequest, reply: FastifyReply): void {
  if (!request.raw.complete && !request.raw.destroyed) {
    // Set by the framework when a body could not be parsed.
    reply.removeHeader('connection');
    discard(request.raw, request.caller === undefined ? anonymous : ofUsers);
  }
}

function discard(body: IncomingMessage, { bytes, ms }: Allowance): void {
  let left = bytes;
  const stop = (): void => {
    clearTimeout(timer);
    body.off('data', onData).pause();
    const { socket } = body;
    setTimeout(() => socket.destroy(), lingerMs).unref();
  };
  const onData = (chunk: Buffer): void => {
    left -= Math.max(chunk.length, pieceBytes);
    if (left < 0) {
      stop();
    }
  };
  const timer = setTimeout(stop, ms);
  timer.unref();
  body.on('error', () => undefined);
  body.once('close', () => {
    clearTimeout(timer);
  });
  body.once('end', () => {
    clearTimeout(timer);
  });
  body.on('data', onData);
  body.resume();
}
