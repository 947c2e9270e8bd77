export {
  findZoneConflict,
  isComputeHost,
  listAggregates,
  lockAggregates,
  resolveMember,
  touchMemberNodes,
} from './placement/aggregates.js';
export { recordMilestones, type LateMark, type SeenMarks } from './boot/boot-milestones.js';
export {
  countDeployScript,
  recordPrepared,
  recordSignOfLife,
  storeTokenHash,
  type BootWritten,
} from './boot/boot-writes.js';
export {
  bootOfInstance,
  bootsByMac,
  bootToPrepare,
  type BootMark,
  type BootToPrepare,
  type NodeBoot,
} from './boot/boots.js';
export { dueOperations } from './compute/due-operations.js';
export { servicesPage } from './api/services-page.js';
export { claimNode, type NodeClaim, type NodeClaimOutcome } from './scheduler/claims.js';
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
export type { Sql } from './models/sql.js';
export {
  changeDeployment,
  type DeploymentChange,
  type DeploymentPatch,
} from './deploy-helper/deployment-changes.js';
export {
  readDeploymentBrief,
  type BriefInstance,
  type BriefPort,
  type DeploymentBrief,
} from './deploy-helper/deployment-brief.js';
export {
  enterDeployment,
  readHello,
  type HelloChange,
  type HelloPatch,
  type HelloView,
} from './deploy-helper/deployment-hello.js';
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
} from './deploy-helper/deployment-work.js';
export {
  deploymentsBefore,
  readDeployment,
  type DeploymentKey,
  type DeploymentNode,
  type DeploymentOfNode,
  type WipingDeployment,
} from './deploy-helper/deployments.js';
export { Prisma } from './sql/prisma.js';
export type * from './generated/client.js';
export { moveInstance } from './api/instance-moves.js';
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
  inPages,
  markerMissing,
  readPage,
  type ListedTable,
  type PageRequest,
} from './api/pages.js';
export { claimBmc, type BmcIdentity, type NamedNode } from './bmc/bmc-identity.js';
export {
  findTaken,
  insertNodes,
  type NewInterface,
  type NewNode,
  type NodeClaims,
  type TakenClaims,
} from './api/enrolments.js';
export { findFlavor, findFlavorNamed, type FlavorWithSpecs } from './placement/flavors.js';
export { milestonesOfOperations } from './api/milestones.js';
export {
  changeNodes,
  givers,
  lockNodes,
  removeNodes,
  type LockedNode,
  type NodePatch,
} from './api/node-changes.js';
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
} from './api/node-lists.js';
export {
  clockPlus,
  insertOperation,
  isUnplaced,
  lockLiveOperation,
  lockOperation,
  requestDelete,
  type Requester,
} from './api/operations.js';
export {
  migrate,
  migrationStatus,
  type MigrateOptions,
  type MigrationStatus,
} from './migrate/index.js';
export type { MessageCarrier, MessageWrite } from './outbox/message-carrier.js';
export {
  Outgoing,
  type CastMessage,
  type NewEvent,
  type NotificationMessage,
  type OutgoingMessage,
  type WrittenStream,
} from './outbox/outbox.js';
export { networksOf, onlyNetwork, type OnlyNetwork } from './network/networks.js';
export {
  insertBuilds,
  type CommonColumns,
  type NewBuilds,
  type OwnColumns,
} from './api/new-builds.js';
export {
  surroundingsOf,
  type InstanceSurroundings,
  type NotifiedColumns,
  type NotifiedPort,
} from './notifications/surroundings.js';
export type { Publisher } from './outbox/publisher.js';
export {
  readSecrets,
  replaceSecrets,
  secretColumns,
  type SecretColumn,
  type StoredSecret,
} from './ciphertexts/sealed-secrets.js';
export { Relay, type RelayLogger, type RelayOptions } from './outbox/relay.js';
export {
  nodesCursor,
  nodesDigest,
  readChangedNodes,
  readNodesPage,
  type NodesDigest,
  type SchedulingNode,
} from './scheduler/nodes.js';
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
  signOff,
  type Heartbeat,
  type ServiceWithState,
} from './processes/services.js';
export {
  allocatePort,
  allocatePorts,
  newPortMac,
  portColumns,
  requireFreeAddress,
  requireFreePort,
  type PortRequest,
} from './network/ports.js';
export type { Queries } from './sql/queries.js';
export { SavepointQueries } from './sql/savepoint.js';
export { requestAction } from './api/request-action.js';
export {
  activatePorts,
  plugServer,
  releasePorts,
  releaseReservedPorts,
  reservePorts,
  unplugNode,
  type PluggedServer,
  type PortWish,
} from './network/server-ports.js';
export * from './compute/turn/index.js';
export {
  bootPorts,
  provisioningSubnet,
  type BootPort,
  type ProvisioningSite,
  type ProvisioningSubnet,
} from './boot/provisioning.js';
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
} from './power/power-commands.js';
export { endPowerCommand, type PowerEnd, type PowerEnded } from './power/power-ends.js';
export {
  holdPowerCommand,
  releasePowerCommand,
  renewPowerCommands,
  type PowerHold,
} from './power/power-holds.js';
export type { PowerStanding } from './power/power-states.js';
export {
  findNodeToRead,
  nodesOfBuckets,
  offerPowerReadings,
  type NodeToRead,
  type OfferedReading,
  type PowerReading,
} from './power/power-readings.js';
export {
  findNodeToSwitch,
  requestPower,
  type NodeKey,
  type NodeToSwitch,
} from './api/power-requests.js';
export { among, word } from './sql/state-words.js';
export { holdShares, leaveGroup, type Group } from './power/shares.js';
export {
  findMissingInstance,
  narrowWaitingBuilds,
  readWaitingBuild,
  refuseWaitingBuild,
  setAdminPasswords,
  type WaitingBuild,
} from './scheduler/waiting-builds.js';
export {
  isKnownZone,
  listZonesOfAggregates,
  listZonesOfHosts,
  zonesOfNodes,
} from './placement/zones.js';
export { unsentCasts, type Unsent } from './compute/unsent-casts.js';
