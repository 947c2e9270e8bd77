import { RpcConnection, topologyOf, type RpcOptions } from '../connection.js';
import { silentLogger, type RpcLogger } from '../logger.js';
import type { InMemoryBroker } from './in-memory-broker.js';

/** A connection to an in-memory broker, for tests: it behaves as with RabbitMQ. */
export function inMemoryRpc(
  broker: InMemoryBroker,
  options: Omit<RpcOptions, 'logger'> & { readonly logger?: RpcLogger },
): RpcConnection {
  const connection = broker.connect(topologyOf(options).base);
  return new RpcConnection(connection, { logger: silentLogger, ...options });
}
