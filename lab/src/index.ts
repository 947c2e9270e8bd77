export { startBroker, type Broker, type BrokerOptions } from './broker/broker.js';
export { startDatabase, type Database, type DatabaseOptions } from './database/database.js';
export { postgresBinaries } from './database/postgres-binaries.js';
export { forward, type Forwarding, type ForwardOptions } from './forward/forward.js';
export { makeNamespace, namespaceExists, removeNamespace } from './namespace.js';
export { unprivilegedAccount } from './state/account.js';
export { dataRoot } from './state/data-root.js';
export { freePort } from './state/free-port.js';
export { Ledger, type RecordedProcess } from './state/ledger.js';
export { findMarked, markVariable } from './state/marked-processes.js';
export { withLock, type LockOptions } from './state/lock.js';
export { identify, isRunning, type ProcessIdentity } from './state/process-identity.js';
export { removeAll } from './state/remove-all.js';
export {
  isRecordedRunning,
  killRecorded,
  startRecorded,
  stopRecorded,
  type StartedProcess,
  type StartOptions,
} from './state/start-recorded.js';
export {
  killService,
  serviceStatus,
  startService,
  stopService,
  type ServicePlace,
  type ServiceSpec,
  type ServiceStatus,
} from './supervise/supervise.js';
export { waitFor, type WaitOptions } from './wait-for.js';
export { askBmc, setPowerOn } from './rack/bmc.js';
export { provisioning, setCable } from './rack/network.js';
export type { ExtraDisk, Firmware, NodeHardware } from './rack/hardware.js';
export type { NodeSize, RackDisk, RackNode } from './rack/node.js';
export type { Rack } from './rack/rack-file.js';
export { rackDown, rackUp, standingRack, type RackOptions } from './rack/rack.js';
export {
  FakeBmc,
  startFakeBmcs,
  type FakeBmcOptions,
  type FakeBmcServer,
  type FakeBmcServerOptions,
} from './simulator/fake-bmc.js';
export type { FakeBehaviour } from './simulator/fake-behaviour.js';
export { createImage, imageNames, type ImageUpload } from './cloud/images.js';
export { ensureNetwork } from './cloud/network.js';
export { createServer, createServers, showServer, type Server } from './cloud/server.js';
export { labPaths, type LabPaths } from './lab-paths.js';
export { makeNetwork } from './rack/network.js';
export { openNodeAddresses } from './simulator/node-addresses.js';
export type { NodeSight } from './simulator/control.js';
export type { NodeFaultsInput, NodeStage } from './simulator/node-faults.js';
export { simulatedLabel, type SimulatedLabel } from './simulator/simulated-label.js';
export { simulatedNetwork, type SimulatedNetwork } from './simulator/simulated-network.js';
export { simulatorSpec, type SimulatorPlace } from './simulator/simulator-spec.js';
export { hostUrls, type ServiceName } from './up/addresses.js';
export { groundSteps } from './up/ground-steps.js';
export type { LabContext } from './up/lab-context.js';
export { keyFolder, readAdminPassword } from './up/secrets.js';
export { serviceSpecs } from './up/service-specs.js';
