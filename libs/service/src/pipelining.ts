import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Clients of our APIs wait for each answer. */
const most = 16;

/**
 * Whether a request is to be served. A connection that sends more than so many without waiting for their answers is
 * ended, and `ended` is told: Node begins all requests of a packet, two thousand small ones, before anybody else has a
 * turn, and cannot be stopped within it.
 */
export function fewAtOnce(
  ended: (socket: Socket) => void,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const unanswered = new WeakMap<Socket, number>();
  return ({ socket }, response) => {
    if (socket.destroyed) {
      return false;
    }
    const before = unanswered.get(socket) ?? 0;
    if (before >= most) {
      socket.destroy();
      ended(socket);
      return false;
    }
    unanswered.set(socket, before + 1);
    response.once('close', () => {
      unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1);
    });
    return true;
  };
}
