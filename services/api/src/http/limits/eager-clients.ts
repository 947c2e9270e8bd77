import type { Socket } from 'node:net';
import { LRUCache } from 'lru-cache';
import { clientKey } from './client-address.js';
import { RateLimit } from './rate-limit.js';
import { atMost } from './at-most.js';

const maxKeys = 10_000;
const rate = { burst: 3, perSecond: 1 / 10, maxKeys };
const usersMs = 3_600_000;

/**
 * Addresses whose connections were ended for requests that did not wait for answers, or for bodies in crumbs. The
 * packet that ended one has cost up to a tenth of a second of CPU; an address that repeats it gets no connection for a
 * while. Not so an address from which users were served of late: they, or others behind the same proxy, would be kept
 * out.
 */
export class EagerClients {
  private readonly endings = new RateLimit(rate);
  private readonly users = new LRUCache<string, true>({ ...atMost(maxKeys), ttl: usersMs });

  admits(socket: Socket): boolean {
    const address = addressOf(socket);
    return this.users.has(address) || this.endings.waitMs(address) <= 0;
  }

  /** The socket's connection was ended. */
  ended(socket: Socket): void {
    this.endings.count(addressOf(socket));
  }

  /** A user was served over the socket. */
  served(socket: Socket): void {
    this.users.set(addressOf(socket), true);
  }
}

/** The connection's own: a proxy's, where there is one. Gone when the socket is: kept by the first look. */
const addresses = new WeakMap<Socket, string>();

function addressOf(socket: Socket): string {
  const known = addresses.get(socket) ?? clientKey(socket.remoteAddress ?? '');
  addresses.set(socket, known);
  return known;
}
