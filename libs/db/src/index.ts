export {
  findZoneConflict,
  isComputeHost,
  lockAggregates,
  resolveMember,
  touchMemberNodes,
} from './aggregates.js';
export { recordMilestones, type LateMark, type SeenMarks } from './boot-milestones.js';
export {
  countDeployScript,
  recordPrepared,
  recordSignOfLife,
  storeTokenHash,
  type BootWritten,
} from './boot-writes.js';
export {
  bootOf,
  bootOfInstance,
  bootsByMac,
  bootToPrepare,
  bootTriesOf,
  type BootMark,
  type BootToPrepare,
  type NodeBoot,
} from './boots.js';
export { claimNode, type NodeClaim, type NodeClaimOutcome } from './claims.js';
export {
  isDatabaseAway,
  isDataException,
  isSerializationConflict,
  isUniqueViolation,
  isUnstorable,
  isUnusablePattern,
} from './conflicts.js';
export { Database, type DatabaseOptions, type Sql, type Tx } from './database.js';
export {
  findDeployment,
  lastFirmware,
  lockDeployment,
  lockHeldDeployment,
  lockNodeByUuid,
  lockOverdueDeployments,
  releaseDeployment,
  renewDeployment,
  requeueDeploymentsOf,
  takeDeployment,
  type DeploymentClaim,
  type DeploymentOfNode,
  type Firmware,
  type TakeOptions,
} from './deployments.js';
export { Prisma } from './generated/client.js';
export type * from './generated/client.js';
export { acquireLease, leaseMs, leaseRenewMs, releaseLease, type LeaseClaim } from './leases.js';
export { allRows, inPages } from './pages.js';
export { claimBmc, findBmcHolder, type BmcIdentity } from './bmc-identity.js';
export { furthestMilestone, milestonesOfOperations, type SeenMilestone } from './milestones.js';
export { lockNode, moveNode, type NodeMove } from './nodes.js';
export {
  clockPlus,
  dueOperations,
  insertBuild,
  insertOperation,
  isUnplaced,
  lockLiveOperation,
  lockForTurn,
  lockOperation,
  operationKinds,
  requestDelete,
  type OperationKind,
  type Requester,
} from './operations.js';
export {
  migrate,
  migrationStatus,
  type MigrateOptions,
  type MigrationStatus,
} from './migrate/index.js';
export {
  Outgoing,
  type CastMessage,
  type NewEvent,
  type NotificationMessage,
  type OutgoingMessage,
} from './outbox.js';
export { networksOf, onlyNetwork } from './networks.js';
export type { Publisher } from './publish-batch.js';
export { Relay, type RelayLogger, type RelayOptions } from './relay.js';
export { phoneHomeToken, type PhoneHomeBinding } from './phone-home.js';
export {
  nodesCursor,
  nodesDigest,
  readChangedNodes,
  readNodesPage,
  type NodesDigest,
  type SchedulingNode,
} from './scheduling.js';
export { newSecretsKey, Secrets } from './secrets.js';
export {
  beat,
  lastSeenOf,
  listServices,
  serviceDownMs,
  signOff,
  type Heartbeat,
  type ServiceWithState,
} from './services.js';
export {
  allocatePort,
  newPortMac,
  plugPort,
  releasePorts,
  releaseReservedPorts,
  requireFreeAddress,
  requireFreePort,
  reservePorts,
  type PortRequest,
} from './ports.js';
export {
  bootPorts,
  provisioningSubnet,
  type BootPort,
  type ProvisioningSite,
  type ProvisioningSubnet,
} from './provisioning.js';
export {
  claimPowerCommand,
  endPowerCommand,
  holdPowerCommand,
  queuePowerCommand,
  releasePowerCommand,
  storePowerPhase,
  type ClaimedPowerCommand,
  type NewPowerCommand,
  type PowerClaim,
  type PowerHold,
  type Queued,
} from './power-commands.js';
export {
  findNodeToRead,
  nodesOfBucket,
  offerPowerReading,
  setPowerReading,
  type NodeToRead,
  type PowerReading,
} from './power-readings.js';
export { holdShares, leaveGroup, type Group } from './shares.js';
export { findMissingInstance, readWaitingBuild, type WaitingBuild } from './waiting-builds.js';
export { isKnownZone, listZonesOfAggregates, listZonesOfHosts, zonesOfNodes } from './zones.js';
export { unsentCasts, type Unsent } from './unsent.js';
