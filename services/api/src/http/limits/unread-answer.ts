import type { FastifyInstance } from 'fastify';

/**
 * Ends the connection of a client that reads nothing of its answer for `silenceMs`: unread data is kept in memory. Node
 * restarts the timeout at every progress, and replaces it after the answer.
 */
export function limitUnreadAnswers(server: FastifyInstance, silenceMs: number): void {
  server.addHook('onSend', (request, _reply, _payload, next) => {
    request.raw.socket.setTimeout(silenceMs);
    next();
  });
}
