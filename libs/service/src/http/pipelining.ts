import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Clients of the APIs wait for each answer. */
const most = 16;

/**
 * Whether a request is to be served. A connection that sends more requests than this without waiting for answers is
 * ended, and `ended` is called. Otherwise Node would begin all requests of a packet, perhaps two thousand small ones,
 * before any other work, and cannot be stopped in the middle.
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
