// What every process needs: statements, the outbox and its relay, leases, heartbeats. Each folder beside has a face of
// its own.
export { hasPassed } from './sql/has-passed.js';
export { Prisma } from './sql/prisma.js';
export type { Queries } from './sql/queries.js';
export { among, word } from './sql/state-words.js';
export {
  isDatabaseAway,
  isDataException,
  isSerializationConflict,
  isUniqueViolation,
  isUnstorable,
  isUnusablePattern,
  mayConcernOneRow,
} from './database/conflicts.js';
export { Database, type DatabaseOptions, type QuickTx } from './database/database.js';
export { ownsTables } from './grants/owns-tables.js';
export type * from './generated/client.js';
export type { MessageCarrier, MessageWrite } from './outbox/message-carrier.js';
export {
  Outgoing,
  type CastMessage,
  type NewEvent,
  type NotificationMessage,
  type OutgoingMessage,
  type WrittenStream,
} from './outbox/outbox.js';
export type { Publisher } from './outbox/publisher.js';
export { Relay, type RelayLogger, type RelayOptions } from './outbox/relay.js';
export { streamKindsOf } from './outbox/stream-names.js';
export {
  acquireLease,
  leaseAcquired,
  acquireWatchedLease,
  leaseMs,
  leaseRenewMs,
  releaseLease,
  type LeaseClaim,
} from './processes/leases.js';
export {
  beat,
  heartbeatGapMs,
  lastSeenOf,
  listServices,
  serviceDownMs,
  signOff,
  type Heartbeat,
  type ServiceWithState,
} from './processes/services.js';
