import pg from 'pg';
import { DatabaseSocket } from './database-socket.js';

/** For a connection to be made. */
const connectMs = 10_000;
/** For the turn at a pool that is busy: as long as clients wait for their answers. */
export const lineMs = 60_000;
/** Longer than any statement may take: a connection that has said nothing for so long will not say anything. */
const silenceMs = 40_000;
/**
 * Planning what a connection asks costs more than keeping it for a while; shorter than `silenceMs`, which ends it less
 * kindly.
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
