import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** While strangers have more than this share of all connections, a stranger's connection is ended for a new one. */
const shareOfStrangers = 1 / 4;

/**
 * Limits the number of connections of an HTTP server. When there is one too many, the connection is ended that has
 * waited longest for a request, or for the rest of a request from an unknown sender; connections that never served a
 * user go first. So connections that are only held open do not keep users out. A connection that is serving a known
 * user stays.
 */
export class Connections {
  /** Connections that never served a user, in the order in which they began to wait. */
  private readonly strangers = new Set<Socket>();
  /** Connections of users, in the same order. */
  private readonly idle = new Set<Socket>();
  private readonly serving = new Set<Socket>();
  private readonly ofUsers = new WeakSet<Socket>();

  constructor(private readonly most: number) {}

  /** A connection that `admits` refuses is ended at once, and ends no other. */
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

  /** A request of a known user, or a complete one, has begun; it ends with its answer. */
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
