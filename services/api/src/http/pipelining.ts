import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Clients of these APIs wait for each answer. */
const most = 16;

/**
 * Whether a request is to be served. A connection that sends more than so many without waiting for their answers is
 * ended: Node begins all requests of a packet, two thousand small ones, before anybody else has a turn.
 */
export function fewAtOnce(): (request: IncomingMessage, response: ServerResponse) => boolean {
  const unanswered = new WeakMap<Socket, number>();
  return ({ socket }, response) => {
    const before = unanswered.get(socket) ?? 0;
    if (before >= most) {
      socket.destroy();
    }
    if (socket.destroyed) {
      return false;
    }
    unanswered.set(socket, before + 1);
    response.once('close', () => {
      unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1);
    });
    return true;
  };
}
