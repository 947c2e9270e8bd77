import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Strangers make room for each other before users make room for them, as long as they have so much of all. */
const shareOfStrangers = 1 / 4;

/**
 * Keeps an HTTP server at a number of connections: when one more comes, the one goes that has waited longest for a
 * request, or for the rest of one of which it is not known who sends it; first one over which no user was ever served. So
 * connections that are only held open do not keep users out. One that serves a known user stays.
 */
export class Connections {
  /** In the order in which they began to wait. */
  private readonly strangers = new Set<Socket>();
  /** Those of users, likewise. */
  private readonly idle = new Set<Socket>();
  private readonly serving = new Set<Socket>();
  private readonly ofUsers = new WeakSet<Socket>();

  constructor(private readonly most: number) {}

  /** One that `admits` refuses ends at once, and no other for it. */
  watch(server: Server, admits: (socket: Socket) => boolean = () => true): void {
    server.on('connection', (socket: Socket) => {
      if (!admits(socket)) {
        socket.destroy();
        return;
      }
      this.strangers.add(socket);
      socket.once('close', () => {
        this.forget(socket);
      });
      if (this.strangers.size + this.idle.size + this.serving.size > this.most) {
        this.endOldest();
      }
    });
    server.on('request', (request, response) => {
      response.once('close', () => {
        this.wait(request.socket);
      });
    });
  }

  /** A request has begun of a known user, or of whoever has sent a whole one; it ends with its answer. */
  serve(socket: Socket): void {
    if (!socket.destroyed) {
      this.forget(socket);
      this.ofUsers.add(socket);
      this.serving.add(socket);
    }
  }

  private wait(socket: Socket): void {
    this.forget(socket);
    if (!socket.destroyed) {
      (this.ofUsers.has(socket) ? this.idle : this.strangers).add(socket);
    }
  }

  private endOldest(): void {
    const few = this.strangers.size <= this.most * shareOfStrangers;
    const [oldest] = few && this.idle.size > 0 ? this.idle : this.strangers;
    oldest?.destroy();
  }

  private forget(socket: Socket): void {
    this.strangers.delete(socket);
    this.idle.delete(socket);
    this.serving.delete(socket);
  }
}
