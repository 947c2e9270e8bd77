import type { Socket } from 'node:net';
import { LRUCache } from 'lru-cache';
import { clientKey } from './client-address.js';
import { RateLimit } from './rate-limit.js';
import { atMost } from './at-most.js';

const maxKeys = 10_000;
const rate = { burst: 3, perSecond: 1 / 10, maxKeys };
const usersMs = 3_600_000;

/**
 * Addresses whose connections were ended because requests did not wait for answers, or bodies came in tiny pieces. Each
 * such connection costs up to a tenth of a second of CPU. An address that repeats it is refused for a while, unless
 * users were served from it recently: it may be a proxy.
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

  /** A user's request was served over the socket. */
  served(socket: Socket): void {
    this.users.set(addressOf(socket), true);
  }
}

/**
 * The address of the connection, which may be a proxy's. A closed socket has no address, so it is kept at first use.
 */
const addresses = new WeakMap<Socket, string>();

function addressOf(socket: Socket): string {
  const known = addresses.get(socket) ?? clientKey(socket.remoteAddress ?? '');
  addresses.set(socket, known);
  return known;
}
