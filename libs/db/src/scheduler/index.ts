// What the scheduler alone reads and writes: its view of the nodes, claims, builds that wait.
export { claimNode, type NodeClaim, type NodeClaimOutcome } from './claims.js';
export {
  nodesCursor,
  nodesDigest,
  readChangedNodes,
  readNodesPage,
  type NodesDigest,
  type SchedulingNode,
} from './nodes.js';
export {
  findMissingInstance,
  narrowWaitingBuilds,
  readWaitingBuild,
  refuseWaitingBuild,
  setAdminPasswords,
  type WaitingBuild,
} from './waiting-builds.js';
