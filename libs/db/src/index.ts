export {
  findZoneConflict,
  isComputeHost,
  listAggregates,
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
  bootOfInstance,
  bootsByMac,
  bootToPrepare,
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
  mayConcernOneRow,
} from './conflicts.js';
export { Database, type DatabaseOptions, type QuickTx } from './database.js';
export { ownsTables } from './grants/owns-tables.js';
export type { Sql } from './sql.js';
export {
  changeDeployment,
  type DeploymentChange,
  type DeploymentPatch,
} from './deployment-changes.js';
export {
  readDeploymentBrief,
  type BriefInstance,
  type BriefPort,
  type DeploymentBrief,
} from './deployment-brief.js';
export {
  enterDeployment,
  readHello,
  type HelloChange,
  type HelloPatch,
  type HelloView,
} from './deployment-hello.js';
export {
  endLeftBehind,
  lookForDeployments,
  releaseDeployment,
  renewDeployments,
  requeueDeploymentsOf,
  type DeploymentClaim,
  type HeldProgress,
  type LookOptions,
  type RenewedDeployment,
} from './deployment-work.js';
export {
  deploymentsBefore,
  readDeployment,
  type DeploymentKey,
  type DeploymentNode,
  type DeploymentOfNode,
  type WipingDeployment,
} from './deployments.js';
export { Prisma } from './prisma.js';
export type * from './generated/client.js';
export { moveInstance } from './instance-moves.js';
export {
  acquireLease,
  leaseAcquired,
  acquireWatchedLease,
  leaseMs,
  leaseRenewMs,
  releaseLease,
  type LeaseClaim,
} from './leases.js';
export { inPages, markerMissing, readPage, type ListedTable, type PageRequest } from './pages.js';
export { claimBmc, type BmcIdentity, type NamedNode } from './bmc-identity.js';
export {
  findTaken,
  insertNodes,
  type NewInterface,
  type NewNode,
  type NodeClaims,
  type TakenClaims,
} from './enrolments.js';
export { findFlavor, findFlavorNamed, type FlavorWithSpecs } from './flavors.js';
export { milestonesOfOperations } from './milestones.js';
export {
  changeNodes,
  givers,
  lockNodes,
  removeNodes,
  type LockedNode,
  type NodePatch,
} from './node-changes.js';
export {
  baremetalNodes,
  findShownNode,
  findShownNodes,
  hypervisorNodes,
  nodeKeyOf,
  shownNodes,
  type BaremetalNode,
  type HypervisorNode,
  type NodeList,
  type ShownInterface,
  type ShownNode,
} from './node-lists.js';
export {
  clockPlus,
  dueOperations,
  insertOperation,
  isUnplaced,
  lockLiveOperation,
  lockOperation,
  requestDelete,
  type Requester,
} from './operations.js';
export {
  migrate,
  migrationStatus,
  type MigrateOptions,
  type MigrationStatus,
} from './migrate/index.js';
export type { MessageCarrier, MessageWrite } from './message-carrier.js';
export {
  Outgoing,
  type CastMessage,
  type NewEvent,
  type NotificationMessage,
  type OutgoingMessage,
  type WrittenStream,
} from './outbox.js';
export { networksOf, onlyNetwork, type OnlyNetwork } from './networks.js';
export { insertBuilds, type CommonColumns, type NewBuilds, type OwnColumns } from './new-builds.js';
export { surroundingsOf, type InstanceSurroundings, type NotifiedPort } from './notified.js';
export type { Publisher } from './publisher.js';
export {
  readSecrets,
  replaceSecrets,
  secretColumns,
  type SecretColumn,
  type StoredSecret,
} from './sealed-secrets.js';
export { Relay, type RelayLogger, type RelayOptions } from './relay.js';
export {
  nodesCursor,
  nodesDigest,
  readChangedNodes,
  readNodesPage,
  type NodesDigest,
  type SchedulingNode,
} from './scheduling.js';
export {
  removePage,
  retentionRules,
  type Kept,
  type RemovedPage,
  type RetentionRule,
} from './retention/index.js';
export {
  beat,
  lastSeenOf,
  listServices,
  serviceDownMs,
  servicesPage,
  signOff,
  type Heartbeat,
  type ServiceWithState,
} from './services.js';
export {
  allocatePort,
  allocatePorts,
  newPortMac,
  portColumns,
  requireFreeAddress,
  requireFreePort,
  type PortRequest,
} from './ports.js';
export type { Queries } from './queries.js';
export { SavepointQueries } from './savepoint.js';
export { requestAction } from './request-action.js';
export {
  activatePorts,
  plugServer,
  releasePorts,
  releaseReservedPorts,
  reservePorts,
  unplugNode,
  type PluggedServer,
  type PortWish,
} from './server-ports.js';
export * from './turn/index.js';
export {
  bootPorts,
  provisioningSubnet,
  type BootPort,
  type ProvisioningSite,
  type ProvisioningSubnet,
} from './provisioning.js';
export {
  claimPowerCommand,
  receivePowerCommand,
  type ClaimedPowerCommand,
  type Firmware,
  type NewPowerCommand,
  type PowerClaim,
  type PowerClaimed,
  type PowerHolder,
  type ReceivedPowerCommand,
} from './power-commands.js';
export { endPowerCommand, type PowerEnd, type PowerEnded } from './power-ends.js';
export {
  holdPowerCommand,
  releasePowerCommand,
  renewPowerCommands,
  type PowerHold,
} from './power-holds.js';
export type { PowerStanding } from './power-states.js';
export {
  findNodeToRead,
  nodesOfBuckets,
  offerPowerReadings,
  type NodeToRead,
  type OfferedReading,
  type PowerReading,
} from './power-readings.js';
export {
  findNodeToSwitch,
  requestPower,
  type NodeKey,
  type NodeToSwitch,
} from './power-requests.js';
export { among, word } from './state-words.js';
export { holdShares, leaveGroup, type Group } from './shares.js';
export {
  findMissingInstance,
  narrowWaitingBuilds,
  readWaitingBuild,
  refuseWaitingBuild,
  setAdminPasswords,
  type WaitingBuild,
} from './waiting-builds.js';
export { isKnownZone, listZonesOfAggregates, listZonesOfHosts, zonesOfNodes } from './zones.js';
export { unsentCasts, type Unsent } from './unsent.js';
