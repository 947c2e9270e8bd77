import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Keeps an HTTP server at a number of connections: when one more comes, the one goes that has waited longest for a
 * request, or for the rest of one of which it is not known who sends it. So connections that are only held open do not
 * keep users out. One that serves a known user stays.
 */
export class Connections {
  /** In the order in which they began to wait. */
  private readonly waiting = new Set<Socket>();
  private readonly serving = new Set<Socket>();

  constructor(private readonly most: number) {}

  watch(server: Server): void {
    server.on('connection', (socket: Socket) => {
      this.waiting.add(socket);
      socket.once('close', () => {
        this.waiting.delete(socket);
        this.serving.delete(socket);
      });
      if (this.waiting.size + this.serving.size > this.most) {
        const [oldest] = this.waiting;
        oldest?.destroy();
      }
    });
    server.on('request', (request, response) => {
      response.once('close', () => {
        this.wait(request.socket);
      });
    });
  }

  /** A known user's request has begun; it ends with its answer. */
  serve(socket: Socket): void {
    if (this.waiting.delete(socket)) {
      this.serving.add(socket);
    }
  }

  private wait(socket: Socket): void {
    this.serving.delete(socket);
    this.waiting.delete(socket);
    if (!socket.destroyed) {
      this.waiting.add(socket);
    }
  }
}
