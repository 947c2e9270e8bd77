export { isSerializationConflict, isUniqueViolation } from './conflicts.js';
export { Database, type DatabaseOptions, type Sql, type Tx } from './database.js';
export { Prisma } from './generated/client.js';
export type * from './generated/client.js';
export { acquireLease, leaseMs, leaseRenewMs, releaseLease, type LeaseClaim } from './leases.js';
export { Outgoing, type CastMessage, type NewEvent, type OutgoingMessage } from './outbox.js';
export { Relay, type Publisher, type RelayLogger, type RelayOptions } from './relay.js';
export { newSecretsKey, Secrets } from './secrets.js';
export {
  beat,
  listServices,
  serviceDownMs,
  signOff,
  type Heartbeat,
  type ServiceWithState,
} from './services.js';
