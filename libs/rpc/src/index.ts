export {
  connectRpc,
  defaultMaxMessageBytes,
  RpcConnection,
  type AmqpOptions,
  type RpcOptions,
} from './connection.js';
export { silentLogger, type RpcLogger } from './logger.js';
export { type TopologyOptions } from './topology.js';
export { rpcClient, type Client, type ClientOptions, type SendOptions } from './client/client.js';
export { ping } from './client/ping.js';
export { type RetryPolicy } from './consume/retry-policy.js';
export { type EventSource } from './nest/event-handlers.js';
export { OsloRecord, type OsloClient } from './nest/oslo-client.js';
export { OsloServer, type OsloServerOptions } from './nest/oslo-server.js';
export { InjectClient, OsloModule } from './nest/oslo.module.js';
export { RpcController } from './nest/rpc-controller.js';
export { castMessage, type CastOptions, type OutgoingMessage } from './publish/outgoing-message.js';
export { notificationMessage, type Notification, type Priority } from './publish/notification.js';
export { publisher, type Publisher, type PublisherOptions } from './publish/publisher.js';
export { RemoteError } from './wire/failure.js';
export { InMemoryBroker } from './memory/in-memory-broker.js';
export { inMemoryRpc } from './memory/in-memory-rpc.js';
