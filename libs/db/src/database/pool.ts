import pg from 'pg';
import { DatabaseSocket } from './database-socket.js';

/** For a connection to be made. */
const connectMs = 10_000;
/** For the turn at a pool that is busy: as long as clients wait for their answers. */
export const lineMs = 60_000;
/** Longer than any statement may take: a connection that was silent for so long is dead. */
const silenceMs = 40_000;
/**
 * A new connection must plan its statements again, so idle ones are kept for a while; shorter than `silenceMs`, which
 * breaks the connection instead of closing it.
 */
const idleMs = 35_000;

/**
 * A statement is sent before the one ahead of it is answered: who does not wait for BEGIN saves its round trip. The
 * pool knows one limit for the line and for the connection.
 */
class Client extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super({ ...config, connectionTimeoutMillis: connectMs, pipeline: true });
  }
}

/** Connections to a database: one that does not answer is given up soon, work that waits for its turn is not. */
export function openPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({
    ...config,
    connectionTimeoutMillis: lineMs,
    idleTimeoutMillis: idleMs,
    stream: () => new DatabaseSocket(silenceMs),
    Client,
  });
  // A lost idle connection is replaced; without a listener it would end the process.
  pool.on('error', () => undefined);
  return pool;
}
