import type { FastifyInstance } from 'fastify';

/**
 * Ends the connection of a client that takes nothing of its answer for so long: what is not taken is kept in memory.
 * Node's timeout counts from the last progress; it gives way to the next request's when the answer is out.
 */
export function limitUnreadAnswers(server: FastifyInstance, silenceMs: number): void {
  server.addHook('onSend', (request, _reply, _payload, next) => {
    request.raw.socket.setTimeout(silenceMs);
    next();
  });
}
