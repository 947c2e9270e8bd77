export {
  FakeBmc,
  startFakeBmcs,
  waitFor,
  type FakeBehaviour,
  type FakeBmcOptions,
  type FakeBmcServer,
  type FakeBmcServerOptions,
  type WaitOptions,
} from '@metalcast/rig';
export { startBroker, type TestBroker } from './broker.js';
export { manualClock, type ManualClock } from './clock.js';
export {
  startDatabase,
  startOwnDatabase,
  type OwnDatabase,
  type TestDatabase,
  type TestDatabaseOptions,
} from './database.js';
export type { Management } from './management.js';
export { startOwnBroker, type OwnBroker } from './own-broker.js';
export { BootStandIn } from './stand-ins/boot.js';
export { DeployHelperStandIn } from './stand-ins/deploy-helper.js';
export { PowerStandIn } from './stand-ins/power.js';
export { keySecretsIn, TestKeys } from './test-keys.js';
export { ownLedger, testRun } from './test-run.js';
