export { logInByAmqp } from './broker/amqp-login.js';
export { type Broker, type BrokerOptions, startBroker } from './broker/broker.js';
export { type Database, type DatabaseOptions, startDatabase } from './database/database.js';
export { postgresBinaries } from './database/postgres-binaries.js';
export { type FakeBehaviour, fakeBehaviour } from './fake-bmc/fake-behaviour.js';
export {
  FakeBmc,
  type FakeBmcOptions,
  type FakeBmcServer,
  type FakeBmcServerOptions,
  type FakePower,
  startFakeBmcs,
} from './fake-bmc/fake-bmc.js';
export { type ForwardOptions, type Forwarding, forward } from './forward/forward.js';
export { makeNamespace, namespaceExists, removeNamespace } from './namespace.js';
export { type Account, unprivilegedAccount } from './state/account.js';
export { dataRoot } from './state/data-root.js';
export { freePort } from './state/free-port.js';
export { Ledger, type RecordedProcess } from './state/ledger.js';
export { type LockOptions, withLock } from './state/lock.js';
export { logTail } from './state/log-tail.js';
export { findMarked, markVariable } from './state/marked-processes.js';
export { type ProcessIdentity, identify, isRunning } from './state/process-identity.js';
export { removeAll } from './state/remove-all.js';
export {
  type StartOptions,
  type StartedProcess,
  isRecordedRunning,
  killMarked,
  killRecorded,
  startRecorded,
  stopRecorded,
} from './state/start-recorded.js';
export {
  type ServicePlace,
  type ServiceSpec,
  type ServiceStatus,
  killService,
  serviceStatus,
  startService,
  stopService,
} from './supervise/supervise.js';
export { type WaitOptions, waitFor } from './wait-for.js';
