import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

interface Allowance {
  readonly bytes: number;
  readonly ms: number;
}

/** A client that sends its whole body before it reads gets an answer if the rest is within this allowance. */
const anonymous: Allowance = { bytes: 4 * 1024 ** 2, ms: 5000 };
const ofUsers: Allowance = { bytes: Infinity, ms: 60_000 };

/** The least that a piece counts: each is an event, however small. */
const pieceBytes = 1024;

/** Time to read the answer for a client that has sent too much. */
const lingerMs = 1000;

/**
 * Reads and discards the rest of a body that was answered before it was read: closing a connection with unread bytes
 * resets it, and the client loses the answer. Beyond the allowance the connection ends.
 */
export function limitUnreadBodies(server: FastifyInstance): void {
  server.addHook('onSend', async (request, reply) => {
    limitUnreadBody(request, reply);
  });
}

/** For answers that bypass the hooks. */
export function limitUnreadBody(request: FastifyRequest, reply: FastifyReply): void {
  if (!request.raw.complete && !request.raw.destroyed) {
    // The framework sets the header when it could not parse a body.
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
